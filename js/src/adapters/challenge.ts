/** Error responses of the adapters (RFC 6750 section 3). @module */
import { isAuthError, type Outside } from '../internal.js';
import { bearerChallenge } from './bearer.js';

/** An error response. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: { error: string; message: string };
}

/** The error code in the body. */
const ERROR: Record<Outside, string> = {
  unauthenticated: 'unauthenticated',
  invalid_request: 'invalid_request',
  invalid_token: 'invalid_token',
  insufficient_scope: 'insufficient_scope',
  cross_site_request: 'cross_site_request',
  internal: 'server_error',
  unavailable: 'temporarily_unavailable',
};

/** The response for an error; an error of the application is a 500 without details. */
export function refusalOf(error: unknown, realm: string | undefined, scope?: string): Refusal {
  const outside = isAuthError(error) ? error.outside : 'internal';
  const status = isAuthError(error) ? error.status : 500;
  const message = sentence(error, outside);
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  // Another token would not help a request from another site.
  const isAboutToken = status !== 500 && status !== 503 && outside !== 'cross_site_request';
  if (isAboutToken) headers['www-authenticate'] = challenge(outside, message, realm, scope);
  if (status === 503) headers['retry-after'] = '5';
  return { status, headers, body: { error: ERROR[outside], message } };
}

function sentence(error: unknown, outside: Outside): string {
  if (outside === 'internal') return 'something is wrong on our side';
  if (outside === 'unavailable') return 'something needed is out of reach; try again';
  return (error as Error).message;
}

/** Without credentials, there is no error code: RFC 6750 section 3.1. */
function challenge(outside: Outside, message: string, realm: string | undefined, scope: string | undefined): string {
  if (outside === 'unauthenticated') return bearerChallenge({ realm });
  return bearerChallenge({ realm, error: ERROR[outside], description: message, scope });
}

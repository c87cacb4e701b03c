/** All routes under /auth and /users for Express, with stores that the application supplies. @module */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asError, atOnce, forget, notify } from '../guard.js';
import { callbackInvalid, optionError, type Rule, rules } from '../internal.js';
import { AuthService } from '../service/auth-service.js';
import type { ServiceModule } from '../service/doors.js';
import type { AuthServiceOptions, Trust } from '../service/types.js';
import { readBody } from './body.js';

/** A request as Express extends it. */
export type RoutedRequest = IncomingMessage & {
  /** `http` or `https`, as Express sees it. */
  protocol?: string;
  /** The client address, as Express determines it. */
  ip?: string;
  /** The body, if a parser has read it. */
  body?: unknown;
  /** Set by body-parser. */
  _body?: boolean;
  /** The application. */
  app?: {
    /** A setting of the application. */
    get?(setting: string): unknown;
  };
};

/** Options of `authRoutes`. */
export interface AuthRoutesOptions extends AuthServiceOptions {
  /**
   * The client address, for rate limits and the audit log. Default: `req.ip`, which follows Express' `trust proxy`. An
   * exception, and a result that is not a string, go to the error handler.
   */
  clientAddress?: (request: RoutedRequest) => string | undefined;
  /**
   * City and country of the client for the devices page, if something in front of the application determines them.
   * Errors are handled as for {@link clientAddress}.
   */
  place?: (request: RoutedRequest) => string | undefined;
}

/** The routes as a middleware, and what the rest of the application needs to verify their tokens. */
export interface AuthRoutes {
  // biome-ignore lint/suspicious/noExplicitAny: Express' own request and response types differ between its versions
  (request: any, response: any, next: (error?: unknown) => void): void;
  /** Options for `authenticate` and `createVerifier`: `app.use(authenticate({ ...auth.trust, user }))`. */
  readonly trust: Trust;
  /** What verifies access tokens: the public keys that are currently valid, or the secret. */
  readonly key: Trust['key'];
  /** The revocation list. */
  readonly revocations: Trust['revocations'];
  /** Stops the background work. Not needed before a process exits. */
  close(): void;
}

const MORE: Record<string, Rule> = { clientAddress: rules.callback, place: rules.callback };

/** The module with the service, loaded when routes are created. */
const serviceModule = (): ServiceModule => require('../service.js');

/** The routes. @throws OptionError */
export function authRoutes(options: AuthRoutesOptions): AuthRoutes {
  if (typeof options !== 'object' || options === null) throw optionError('options', 'an object', options);
  const service = new AuthService(options, serviceModule(), MORE);
  const middleware = (request: RoutedRequest, response: ServerResponse, next: (error?: unknown) => void): void => {
    if (!service.paths.test(pathOf(request.url ?? ''))) {
      notify('next()', next);
      return;
    }
    // A client that disconnected while sending does not wait for a response.
    const failed = (error: unknown): unknown =>
      request.socket.destroyed ? undefined : next(asError('the auth service', error));
    forget(
      'next()',
      serve(service, options, request, response).then((answered) => answered || next(), failed),
    );
  };
  const { trust } = service;
  return Object.assign(middleware, {
    trust,
    key: trust.key,
    revocations: trust.revocations,
    close: () => service.close(),
  });
}

/** Whether a response was sent. */
async function serve(
  service: AuthService,
  options: AuthRoutesOptions,
  request: RoutedRequest,
  response: ServerResponse,
): Promise<boolean> {
  const body = await readBody(request);
  const answer = await service.handle({
    method: request.method ?? 'GET',
    url: originOf(request) + request.url,
    headers: headersOf(request),
    body,
    address: textOf('clientAddress', options, request) ?? request.ip ?? request.socket.remoteAddress ?? '',
    place: textOf('place', options, request) ?? '',
  });
  if (answer === undefined) return false;
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) {
    if (name === 'set-cookie') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  const bodiless = request.method === 'HEAD' || answer.status === 204 || answer.status === 304;
  response.end(bodiless ? undefined : answer.body);
  return true;
}

function textOf(
  name: 'clientAddress' | 'place',
  options: AuthRoutesOptions,
  request: RoutedRequest,
): string | undefined {
  const fits = (given: unknown) => given === undefined || typeof given === 'string';
  const wrong = (given: unknown) => callbackInvalid(name, 'a string or undefined', given);
  return atOnce(name, options[name]?.(request), fits, wrong);
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** Scheme, host and port of the request. Values from a proxy are used if the application trusts it. */
function originOf(request: RoutedRequest): string {
  const encrypted = (request.socket as { encrypted?: boolean }).encrypted === true;
  const protocol = request.protocol ?? (encrypted ? 'https' : 'http');
  const trusts = request.app?.get?.('trust proxy fn') as
    | ((address: string | undefined, hop: number) => boolean)
    | undefined;
  const forwarded =
    trusts?.(request.socket.remoteAddress, 0) === true ? first(request.headers['x-forwarded-host']) : '';
  const host = forwarded || request.headers.host || 'localhost';
  // Any other character in the host would be read as part of the path.
  return `${protocol}://${/^[\w.:[\]-]+$/.test(host) ? host : 'invalid'}`;
}

function first(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim() ?? '';
}

/**
 * The headers as received, with repeated headers as separate entries, because two credentials must be recognized as
 * two.
 */
function* headersOf({ rawHeaders }: IncomingMessage): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    yield [rawHeaders[at] as string, rawHeaders[at + 1] as string];
  }
}

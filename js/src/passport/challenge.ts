import type { Challenge } from './types.js';

/**
 * The text of a `WWW-Authenticate` header (RFC 6750 section 3). Without a token in the request it names no error.
 *
 * @param error - why the token was refused, if there was one
 */
export function challengeText({ realm, scope }: Challenge, error?: unknown): string {
  const parts: Array<[string, string | undefined]> = [
    ['realm', realm],
    ['scope', scope],
    ['error', error === undefined ? undefined : 'invalid_token'],
    ['error_description', error === undefined ? undefined : messageOf(error)],
  ];
  const said = parts.filter(([, value]) => value).map(([name, value]) => `${name}="${quotable(value as string)}"`);
  return said.length > 0 ? `Bearer ${said.join(', ')}` : 'Bearer';
}

function messageOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : undefined;
}

/** Printable ASCII but for quotes and backslashes, which these values may not contain. */
function quotable(text: string): string {
  return text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, ' ');
}

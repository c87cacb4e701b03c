/** Formats a `WWW-Authenticate: Bearer` header (RFC 6750 section 3). Independent of the rest of the package. @module */

/** The parameters of a challenge. Omitted members are left out. */
export interface BearerChallenge {
  /** The protection space, shown to people. */
  realm?: string | undefined;
  /** One of the codes of RFC 6750 section 3.1. Omitted if the request had no credentials. */
  error?: string | undefined;
  /** The reason, for developers. */
  description?: string | undefined;
  /** The required scopes, separated by spaces. */
  scope?: string | undefined;
}

/** The value of the header. */
export function bearerChallenge({ realm, error, description, scope }: BearerChallenge): string {
  const said = [
    ['realm', realm],
    ['error', error],
    ['error_description', description],
    ['scope', scope],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quoted(value)}`]));
  return said.length === 0 ? 'Bearer' : `Bearer ${said.join(', ')}`;
}

/** A quoted-string of the characters that RFC 6750 section 3 allows; every other character becomes a space. */
function quoted(text: string): string {
  return `"${text
    .replace(/[^\x20-\x7e]/g, ' ')
    .replaceAll('\\', '/')
    .replaceAll('"', "'")}"`;
}

/** The words of a `WWW-Authenticate: Bearer` header (RFC 6750 section 3). Needs nothing of the package. @module */

/** What a challenge says. Members left out are not said. */
export interface BearerChallenge {
  /** The protection space, shown to people. */
  realm?: string | undefined;
  /** One of the codes of RFC 6750 section 3.1. Left out when the request had no credentials. */
  error?: string | undefined;
  /** Why, for developers. */
  description?: string | undefined;
  /** What a token must be good for, separated by spaces. */
  scope?: string | undefined;
}

/** The header's value. */
export function bearerChallenge({ realm, error, description, scope }: BearerChallenge): string {
  const said = [
    ['realm', realm],
    ['error', error],
    ['error_description', description],
    ['scope', scope],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quoted(value)}`]));
  return said.length === 0 ? 'Bearer' : `Bearer ${said.join(', ')}`;
}

/** A quoted-string of the characters RFC 6750 section 3 allows; what is not allowed becomes a space. */
function quoted(text: string): string {
  return `"${text
    .replace(/[^\x20-\x7e]/g, ' ')
    .replaceAll('\\', '/')
    .replaceAll('"', "'")}"`;
}

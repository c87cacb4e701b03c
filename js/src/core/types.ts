/** The basic types of this package. @module */

/** The algorithms (RFC 7518 section 3.1, RFC 8037, RFC 8812, RFC 9864). `none` is not among them. */
export type Alg =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'ES256K'
  | 'EdDSA'
  | 'Ed25519';

/** All values of {@link Alg}, in the order of the table. */
export const ALGORITHMS: readonly Alg[] = Object.freeze([
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'ES256K',
  'EdDSA',
  'Ed25519',
]);

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** The registered claims (RFC 7519 section 4.1), and any other. Dates are seconds since 1970. */
export interface Claims {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  /** Expires at, in seconds since 1970. */
  exp?: number;
  /** Not before, in seconds since 1970. */
  nbf?: number;
  /** Issued at, in seconds since 1970. */
  iat?: number;
  jti?: string;
  [name: string]: unknown;
}

/** A JOSE header (RFC 7515 section 4). */
export interface Header {
  alg: Alg;
  typ?: string;
  kid?: string;
  [name: string]: unknown;
}

/** A JSON Web Key (RFC 7517, RFC 7518 section 6). */
export interface Jwk {
  kty: string;
  kid?: string;
  alg?: string;
  use?: string;
  key_ops?: string[];
  crv?: string;
  x?: string;
  y?: string;
  n?: string;
  e?: string;
  d?: string;
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
  k?: string;
  ext?: boolean;
  [member: string]: unknown;
}

/** A JSON Web Key with its private part: it can sign. */
export type PrivateJwk = Jwk & ({ d: string } | { kty: 'oct'; k: string });

/** A set of JSON Web Keys (RFC 7517 section 5). */
export interface Jwks {
  keys: Jwk[];
}

/** A duration: seconds, or a number with a unit (`'500ms'`, `'30s'`, `'15m'`, `'12h'`, `'7d'`, `'2w'`). */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`;

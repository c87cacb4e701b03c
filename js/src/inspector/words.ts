/** Short descriptions of the registered members. */

/** Header members (RFC 7515 section 4.1). */
export const HEADER_WORDS: Readonly<Record<string, string>> = {
  alg: 'the signing algorithm claimed by the sender',
  typ: 'the type of the token',
  cty: 'the type of the content',
  kid: 'the ID of the key',
  jku: 'a key set URL supplied by the sender; never fetch it',
  jwk: 'a key supplied by the sender; never trust it',
  x5u: 'a certificate URL supplied by the sender; never fetch it',
  x5c: 'certificates supplied by the sender',
  x5t: 'a fingerprint of a certificate',
  crit: 'extensions that a server must support, or it must reject the token',
  b64: 'whether the payload is encoded',
  enc: 'how the content is encrypted',
};

/** Claims (RFC 7519 section 4.1, RFC 9068, OpenID Connect Core, and other common ones). */
export const CLAIM_WORDS: Readonly<Record<string, string>> = {
  iss: 'who issued it',
  sub: 'the subject (user) the token is about',
  aud: 'the intended audience',
  exp: 'when it expires',
  nbf: 'not valid before',
  iat: 'when it was issued',
  jti: 'unique ID of the token',
  sid: 'the session it belongs to',
  gen: 'the refresh generation of the session',
  scope: 'what it grants',
  scp: 'what it grants',
  roles: 'the subject’s roles',
  role: 'the subject’s role',
  permissions: 'what it grants',
  groups: 'the subject’s groups',
  client_id: 'the application it was issued to',
  azp: 'the application it was issued to',
  nonce: 'ties it to one sign-in request',
  auth_time: 'when the person signed in',
  acr: 'authentication assurance level',
  amr: 'authentication methods',
  email: 'an email address, readable by anyone who sees the token',
  email_verified: 'whether the email address was verified',
  name: 'a name, readable by anyone who sees the token',
  cnf: 'key the holder must prove possession of',
};

/** Claims whose value is a time. */
export const TIME_CLAIMS: ReadonlySet<string> = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at']);

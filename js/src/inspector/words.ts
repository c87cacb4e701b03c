/** What the registered members mean, in a few words each. */

/** Header members (RFC 7515 section 4.1). */
export const HEADER_WORDS: Readonly<Record<string, string>> = {
  alg: 'the algorithm the sender says it signed with; it may only choose among the keys you trust',
  typ: 'what kind of token this is',
  cty: 'what kind of content is inside',
  kid: 'the name of the key, to look it up by',
  jku: 'an address of keys that the sender suggests; never to be followed',
  jwk: 'a key that the sender brings along; never to be trusted',
  x5u: 'an address of certificates that the sender suggests; never to be followed',
  x5c: 'certificates that the sender brings along',
  x5t: 'a fingerprint of a certificate',
  crit: 'extensions that must be understood, or the token refused',
  b64: 'whether the payload is encoded',
  enc: 'how the content is encrypted',
};

/** Claims (RFC 7519 section 4.1, RFC 9068, OpenID Connect Core, and the usual ones). */
export const CLAIM_WORDS: Readonly<Record<string, string>> = {
  iss: 'who issued it',
  sub: 'whom it is about',
  aud: 'whom it is meant for',
  exp: 'not valid from this moment on',
  nbf: 'not valid before',
  iat: 'when it was issued',
  jti: 'its own number',
  sid: 'the session it belongs to',
  gen: 'which generation of the session it is',
  scope: 'what it allows',
  scp: 'what it allows',
  roles: 'the roles of whom it is about',
  role: 'the role of whom it is about',
  permissions: 'what it allows',
  groups: 'the groups of whom it is about',
  client_id: 'the application it was issued to',
  azp: 'the application it was issued to',
  nonce: 'ties it to one log-in request',
  auth_time: 'when the person logged in',
  acr: 'how strong the log-in was',
  amr: 'how the person logged in',
  email: 'an e-mail address, readable by anyone who sees the token',
  email_verified: 'whether that address was confirmed',
  name: 'a name, readable by anyone who sees the token',
  cnf: 'the key its holder must prove to have',
};

/** Claims whose number is a moment. */
export const TIME_CLAIMS: ReadonlySet<string> = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at']);

/** What to do about each reason for a refusal, for the person who runs into it. */

const CURES: Readonly<Record<string, string>> = {
  ERR_TOKEN_MISSING: 'Send it as “Authorization: Bearer <token>”.',
  ERR_TOKEN_TOO_LONG:
    'Put less into the claims: a token travels with every request. Look long lists up by sub instead.',
  ERR_TOKEN_CHARACTERS:
    'Look for quotes, blanks or line breaks that came along when it was copied, or a second encoding on top.',
  ERR_TOKEN_PARTS:
    'Copy the whole of it. A signed token has two dots; one with four is encrypted and only its recipient can read it.',
  ERR_TOKEN_BASE64:
    'Something on the way changed it: look for “=”, “+” or “/”, which base64url does not have, and for a cut-off end.',
  ERR_HEADER_INVALID: 'Make it with a library; the header must be one JSON object with each member once.',
  ERR_HEADER_CRIT: 'Ask the issuer to leave the extension out.',
  ERR_HEADER_TYP:
    'Send the right kind of token: an access token (at+jwt) to an API, a refresh token only to where it is renewed.',
  ERR_ALG_NOT_ALLOWED:
    'Give the server the key that the issuer signs with now, or have the issuer sign with the algorithm the server expects. A server must never take “none”.',
  ERR_KEY_INVALID: 'Paste the key whole, with its BEGIN and END lines, or as JSON.',
  ERR_KEY_WEAK: 'Make a longer one: 32 random bytes for HS256, 2048 bits for RSA.',
  ERR_KEY_WRONG_KIND: 'HS… needs a shared secret, RS…, PS…, ES… and EdDSA need a public key.',
  ERR_KEY_NOT_FOUND:
    'The token names a key (kid) that is not among these. Were the keys rotated, or is this the wrong issuer?',
  ERR_KEY_AMBIGUOUS: 'Give each key a kid of its own, and have the issuer name it.',
  ERR_KEY_UNAVAILABLE: 'Try again; if it stays so, check that the server reaches the address of the keys.',
  ERR_SIGNATURE_MISSING: 'Copy the whole of it, with what follows the second dot. An unsigned token is never accepted.',
  ERR_SIGNATURE_INVALID:
    'The key is another one than the issuer’s, or the token was changed. Compare the secrets byte by byte (a line break at the end counts, and so does base64), and the environments they belong to.',
  ERR_CLAIMS_INVALID: 'Make it with a library; the claims must be one JSON object with each member once.',
  ERR_CLAIM_MISSING: 'Have the issuer put the claim in.',
  ERR_CLAIM_TYPE:
    'Have the issuer write the claim in the type the standard asks for; times are numbers of seconds, not texts.',
  ERR_CLAIM_MISMATCH:
    'Compare the two letter by letter: a slash at the end or http instead of https is enough to differ.',
  ERR_TOKEN_EXPIRED:
    'Refresh it, or log in again. If new ones are refused too, compare the clocks of issuer and server.',
  ERR_TOKEN_NOT_YET_VALID: 'Wait, or set the clocks right: the issuer’s is ahead of the server’s.',
  ERR_TOKEN_ISSUED_IN_FUTURE:
    'Set the clocks right: the issuer’s is ahead. Milliseconds instead of seconds look like this too.',
  ERR_TOKEN_TOO_OLD: 'Log in again: the server accepts only tokens younger than this one.',
  ERR_TOKEN_REVOKED: 'Log in again: this session was ended.',
};

/** What to do about a refusal with this code. */
export function cure(code: string): string | undefined {
  return CURES[code];
}

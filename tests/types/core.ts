/** What must compile, and, under `@ts-expect-error`, what must not. */
import {
  type Alg,
  type AuthError,
  createSigner,
  createVerifier,
  errors,
  exportJwk,
  generateKey,
  importKey,
  isAuthError,
  Key,
  publicKey,
  type SigningKey,
  type Verified,
} from 'portcullis';

interface MyClaims {
  sub: string;
  roles: ('admin' | 'user')[];
}

const secret = new Uint8Array(32);
const places = { issuer: 'https://id.example', audience: 'api' } as const;

// Claims are generic, all the way to the check.
const verifier = createVerifier<MyClaims>({
  key: secret,
  algorithms: ['HS256'],
  ...places,
  check: (claims) => claims.roles.length > 0,
});
const verified: Verified<MyClaims> = verifier.verifySync('x');
export const role: 'admin' | 'user' | undefined = verified.claims.roles[0];
export const alg: Alg = verified.header.alg;
createSigner<MyClaims>({ key: secret, algorithm: 'HS256' }).signSync({ sub: '7', roles: ['admin'] });
// @ts-expect-error claims of another shape
createSigner<MyClaims>({ key: secret, algorithm: 'HS256' }).signSync({ sub: 7 });

// A verifier asks for issuer and audience; leaving one out is spelled.
createVerifier({ key: secret, algorithms: ['HS256'], issuer: null, audience: null });
// @ts-expect-error no audience
createVerifier({ key: secret, algorithms: ['HS256'], issuer: 'x' });
// @ts-expect-error no issuer
createVerifier({ key: secret, algorithms: ['HS256'], audience: 'x' });
// @ts-expect-error an algorithm that does not exist
createVerifier({ key: secret, algorithms: ['none'], ...places });
// @ts-expect-error an option that does not exist
createVerifier({ key: secret, algorithms: ['HS256'], ...places, ignoreExpiration: true });
createVerifier({ key: secret, algorithms: ['HS256'], ...places, leeway: '30s', maxAge: '7d' });
// @ts-expect-error a length of time without a unit
createVerifier({ key: secret, algorithms: ['HS256'], ...places, leeway: 'soon' });

// A key that cannot sign is a type error.
const pair: SigningKey = await generateKey('ES256');
createSigner({ key: pair });
// @ts-expect-error a public key
createSigner({ key: publicKey(pair) });
// @ts-expect-error a public JWK
createSigner({ key: exportJwk(pair) });
declare const unknownKey: Key;
// @ts-expect-error a key of which nobody knows
createSigner({ key: unknownKey });
// @ts-expect-error keys are imported or generated
new Key();
if (unknownKey.canSign) createSigner({ key: unknownKey as SigningKey });
createSigner({ key: importKey(secret, { alg: 'HS256' }) });
createVerifier({ key: [publicKey(pair), unknownKey], ...places });
createVerifier({ key: async (header) => (header.kid === 'a' ? pair : []), ...places });

// Errors are one union, told apart by stage or by class.
export function words(error: unknown): string {
  if (!isAuthError(error)) return 'not ours';
  const known: AuthError = error;
  switch (known.stage) {
    case 'claims': {
      const code: 'ERR_TOKEN_EXPIRED' | string = known.code;
      // @ts-expect-error no error about claims has this code
      if (known.code === 'ERR_KEY_WEAK') return 'never';
      return `${code} ${known.claim}`;
    }
    case 'key':
      return known.code === 'ERR_KEY_WEAK' ? 'weak' : 'another';
    default:
      return known.message;
  }
}
export const narrowed = (error: unknown) => (error instanceof errors.ClaimError ? error.code : undefined);

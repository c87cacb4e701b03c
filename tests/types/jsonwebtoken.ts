/** The stand-in for jsonwebtoken: what programs written against its types hand over and get back. */
import { createSecretKey } from 'node:crypto';
import jwt, {
  type Algorithm,
  type GetPublicKeyOrSecret,
  type JwtPayload,
  type SignOptions,
  sign,
  TokenExpiredError,
  type VerifyErrors,
  verify,
} from 'portcullis/jsonwebtoken';

const secret = createSecretKey(Buffer.alloc(32));
const options: SignOptions = {
  algorithm: 'HS256',
  expiresIn: '15m',
  audience: ['a'],
  header: { alg: 'HS256', kid: 'k' },
};
export const token: string = sign({ sub: 'x' }, secret, options);
export const fromText: string = jwt.sign('text', 'secret');
export const later: void = jwt.sign({}, 'secret', options, (error: Error | null, made?: string) => [error, made]);
export const encrypted: string = jwt.sign({}, { key: 'pem', passphrase: 'open' }, { algorithm: 'RS256' });
export const unsigned: string = jwt.sign({}, null, { algorithm: 'none' });

// The default import carries the types as well.
export const claims = verify(token, secret) as jwt.JwtPayload;
export const sub: string | undefined = claims.sub;
export const own: string = claims.whatever;
const whole: jwt.Jwt = jwt.verify(token, 'secret', { complete: true });
export const alg: string = whole.header.alg;
export const payload: string | JwtPayload = verify(token, 'secret', {
  audience: [/a/, 'b'],
  issuer: 'i',
  maxAge: '1h',
});

const getKey: GetPublicKeyOrSecret = (header, done) => done(null, header.kid === 'x' ? 'secret' : Buffer.alloc(32));
jwt.verify(token, getKey, { algorithms: ['RS256'] }, (error: VerifyErrors | null, decoded) => {
  if (error instanceof TokenExpiredError) return error.expiredAt.getTime();
  return typeof decoded === 'object' ? decoded.sub : decoded;
});
jwt.verify(token, { key: { kty: 'EC' }, format: 'jwk' }, (error, decoded) => [error?.message, decoded]);

export const read: null | JwtPayload | string = jwt.decode(token);
export const readWhole: null | jwt.Jwt = jwt.decode(token, { complete: true });
export const algorithm: Algorithm = 'PS512';
export const failure: jwt.JsonWebTokenError = new jwt.NotBeforeError('jwt not active', new Date(0));

// @ts-expect-error no such algorithm
jwt.sign({}, 'secret', { algorithm: 'EdDSA' });
// @ts-expect-error no such option
jwt.sign({}, 'secret', { expires: 5 });
// @ts-expect-error a token is text
jwt.verify(5, 'secret');
// @ts-expect-error unsigned tokens are asked for by name
jwt.sign({}, null, { algorithm: 'HS256' });
// @ts-expect-error seconds
jwt.verify(token, 'secret', { clockTolerance: '5' });
// @ts-expect-error seconds
new jwt.TokenExpiredError('jwt expired', 5);

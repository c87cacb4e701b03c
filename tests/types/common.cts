/** The stand-ins from CommonJS: what `require` gives is the API itself, as with the originals. */
import type { Secret } from 'portcullis/jsonwebtoken';

import jwt = require('portcullis/jsonwebtoken');
import passportJwt = require('portcullis/passport');

const secret: Secret = 'secret';
export const token: string = jwt.sign({ sub: 'x' }, secret);
export const claims: jwt.JwtPayload | string = jwt.verify(token, secret);
export const failure: Error = new jwt.TokenExpiredError('jwt expired', new Date(0));
export const strategy: passportJwt.Strategy = new passportJwt.Strategy(
  { jwtFromRequest: passportJwt.ExtractJwt.fromCookie('token'), secretOrKey: secret },
  (_payload, done) => done(null, false),
);

// @ts-expect-error the module is the API: there is no default member
jwt.default;
// @ts-expect-error the same
passportJwt.default;

/** The stand-in for passport-jwt, beside the types of passport and Express. */
import type { Request } from 'express';
import passport from 'passport';
import { ExtractJwt, Strategy, type StrategyOptions, type VerifiedCallback } from 'portcullis/passport';

const base: StrategyOptions = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: 'secret' };

passport.use(new Strategy(base, (payload: { sub: string }, done: VerifiedCallback) => done(null, { id: payload.sub })));
passport.use(
  'with-request',
  new Strategy({ ...base, passReqToCallback: true }, (request: Request, payload, done) => {
    done(null, request.headers.host ? { id: payload.sub } : false, { message: 'no host' });
  }),
);
passport.use(
  new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromExtractors([
        ExtractJwt.fromCookie('token'),
        (request: Request) => request.headers['x-token']?.toString() ?? null,
      ]),
      secretOrKeyProvider: (request: Request, token, done) => done(null, `${request.method}${token}`),
      issuer: ['a', 'b'],
      jsonWebTokenOptions: { maxAge: '1h', clockTolerance: 5 },
      challenge: { realm: 'Users' },
    },
    async (payload, done) => done(null, payload),
  ),
);

export class Mine extends Strategy {
  constructor() {
    super(base, (payload, done) => done(null, payload));
    this.name = 'mine';
  }
}

// @ts-expect-error nowhere to look for a token
new Strategy({ secretOrKey: 'secret' }, () => {});
// @ts-expect-error two places for the key
new Strategy({ ...base, secretOrKey: 'secret', secretOrKeyProvider: () => {} }, () => {});
// @ts-expect-error no verify callback
new Strategy(base);
// @ts-expect-error a list
ExtractJwt.fromExtractors('token');
// @ts-expect-error no such algorithm
new Strategy({ ...base, algorithms: ['EdDSA'] }, () => {});

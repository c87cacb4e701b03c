/**
 * `portcullis/passport`: the strategy of passport-jwt 4, implemented with `portcullis/jsonwebtoken`.
 *
 * Change only the import. The differences and their reasons are in docs/migrating-from-passport-jwt.md.
 *
 * @example
 * import { ExtractJwt, Strategy } from 'portcullis/passport';
 * passport.use(new Strategy({ jwtFromRequest: ExtractJwt.fromCookie('token'), secretOrKey: secret }, findUser));
 * app.get('/me', passport.authenticate('jwt', { session: false }), (req, res) => res.json(req.user));
 */

import { ExtractJwt } from './extract.js';
import { Strategy } from './strategy.js';

export type { StrategyConstructor } from './strategy.js';
export type * from './types.js';
export { ExtractJwt, Strategy };

/** Both as one object, as returned by `require`. */
const passportJwt: { Strategy: typeof Strategy; ExtractJwt: typeof ExtractJwt } = { Strategy, ExtractJwt };
export default passportJwt;

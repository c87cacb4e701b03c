import { JsonWebTokenError, NotBeforeError, TokenExpiredError } from './errors.js';
import { after, nowInSeconds } from './timespan.js';
import type { JwtPayload, VerifyOptions } from './types.js';

/**
 * Checks the claims of a payload with a verified signature, in the API's order: nbf, exp, aud, iss, sub, jti, nonce,
 * age.
 *
 * @param now - seconds since 1970
 */
export function checkClaims(payload: JwtPayload, options: VerifyOptions, now: number): void {
  const tolerance = options.clockTolerance || 0;
  if (payload.nbf !== undefined && !options.ignoreNotBefore) checkNotBefore(payload.nbf, now + tolerance);
  if (payload.exp !== undefined && !options.ignoreExpiration) checkExpiry(payload.exp, now, tolerance);
  if (options.audience) checkAudience(payload.aud, options.audience);
  if (options.issuer) checkIssuer(payload.iss, options.issuer);
  if (options.subject) checkEqual('subject', payload.sub, options.subject);
  if (options.jwtid) checkEqual('jwtid', payload.jti, options.jwtid);
  if (options.nonce) checkEqual('nonce', payload.nonce, options.nonce);
  if (options.maxAge || Number.isNaN(options.maxAge)) checkAge(payload.iat, options.maxAge, now, tolerance);
}

function checkNotBefore(nbf: unknown, latest: number): void {
  if (typeof nbf !== 'number') throw new JsonWebTokenError('invalid nbf value');
  if (nbf > latest) throw new NotBeforeError('jwt not active', new Date(nbf * 1000));
}

function checkExpiry(exp: unknown, now: number, tolerance: number): void {
  if (typeof exp !== 'number') throw new JsonWebTokenError('invalid exp value');
  if (now >= exp + tolerance) throw new TokenExpiredError('jwt expired', new Date(exp * 1000));
}

function checkAudience(claim: unknown, expected: NonNullable<VerifyOptions['audience']>): void {
  const wanted: readonly unknown[] = Array.isArray(expected) ? expected : [expected];
  const given: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  if (given.some((one) => wanted.some((want) => matches(one, want)))) return;
  throw new JsonWebTokenError(`jwt audience invalid. expected: ${wanted.join(' or ')}`);
}

/** A pattern is only tested against strings: a missing claim is not the text "undefined". */
function matches(given: unknown, wanted: unknown): boolean {
  return wanted instanceof RegExp ? typeof given === 'string' && wanted.test(given) : wanted === given;
}

function checkIssuer(claim: unknown, expected: unknown): void {
  const good = Array.isArray(expected) ? expected.includes(claim) : claim === expected;
  if (!good) throw new JsonWebTokenError(`jwt issuer invalid. expected: ${expected}`);
}

function checkEqual(name: string, given: unknown, expected: unknown): void {
  if (given !== expected) throw new JsonWebTokenError(`jwt ${name} invalid. expected: ${expected}`);
}

function checkAge(iat: unknown, maxAge: unknown, now: number, tolerance: number): void {
  if (typeof iat !== 'number') throw new JsonWebTokenError('iat required when maxAge is specified');
  // An `iat` of 0 counts as missing: the age is then counted from now, as always in this API.
  const end = after(iat || nowInSeconds(), maxAge);
  if (end === undefined || Number.isNaN(end)) {
    throw new JsonWebTokenError(
      '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    );
  }
  if (now >= end + tolerance) throw new TokenExpiredError('maxAge exceeded', new Date(end * 1000));
}

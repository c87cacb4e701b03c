/**
 * Detects cross-site requests with `Origin` and Fetch Metadata, which pages cannot forge. The rule is that of
 * `src/http/csrf.rs`; `tests/vectors/cross-site.json` tests both.
 *
 * @module
 */
import { type AuthError, errorOf } from '../internal.js';

/** The part of a request that the rule uses. */
export interface Source {
  /** The method, in upper case. */
  method: string;
  /** Each `Origin` header. */
  origins: readonly string[];
  /** `Sec-Fetch-Site`. */
  fetchSite: string | undefined;
  /** `Host`: the name and port of the request. */
  host: string | undefined;
  /** Whether it opens a WebSocket, which neither `SameSite` nor CORS restricts. */
  isUpgrade: boolean;
}

/** Safe methods (RFC 9110 section 9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request may use a cookie as its credential: reads may; writes and WebSocket upgrades may if they are from
 * this origin, from one of the `allowed` origins, or not from a browser.
 */
export function mayUseCookie(source: Source, allowed: readonly string[]): boolean {
  const { method, origins, fetchSite, host, isUpgrade } = source;
  if (SAFE.has(method) && !isUpgrade) return true;
  // A proxy may have terminated TLS, so the scheme seen here is not compared.
  const own = (origin: string) => host !== undefined && (origin === `https://${host}` || origin === `http://${host}`);
  if (origins.length > 0) return origins.every((origin) => own(origin) || allowed.includes(origin));
  return fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none';
}

/** The error for a request that may not use its cookie. @internal */
export function crossSite({ origins, fetchSite }: Source): AuthError {
  const seen = origins.length > 0 ? origins.join(', ') : `Sec-Fetch-Site: ${fetchSite}`;
  return errorOf({
    code: 'ERR_CROSS_SITE_REQUEST',
    stage: 'request',
    outside: 'cross_site_request',
    message:
      'a page of another site may not send this request with a cookie; name its origin in allowedOrigins if it is yours',
    expected: 'an Origin of this host or of allowedOrigins',
    actual: seen.slice(0, 200),
  });
}

/**
 * Requests that another site made a browser send, told by `Origin` and Fetch Metadata, which pages cannot forge. The rule is that of
 * `src/http/csrf.rs`; `tests/vectors/cross-site.json` holds both to it.
 *
 * @module
 */
import { type AuthError, errorOf } from '../internal.js';

/** As much of a request as the rule looks at. */
export interface Source {
  /** The method, in upper case. */
  method: string;
  /** Each `Origin` header. */
  origins: readonly string[];
  /** `Sec-Fetch-Site`. */
  fetchSite: string | undefined;
  /** `Host`: the name and port that the request was sent to. */
  host: string | undefined;
  /** Whether it opens a WebSocket, which no `SameSite` rule and no CORS stands in front of. */
  isUpgrade: boolean;
}

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request may use a cookie as its credential: reads may, and writes and WebSocket upgrades that come from this origin, from
 * one of the `allowed` origins, or from no browser.
 */
export function mayUseCookie(source: Source, allowed: readonly string[]): boolean {
  const { method, origins, fetchSite, host, isUpgrade } = source;
  if (SAFE.has(method) && !isUpgrade) return true;
  // A proxy may have taken TLS off, so the scheme of this side says nothing.
  const own = (origin: string) => host !== undefined && (origin === `https://${host}` || origin === `http://${host}`);
  if (origins.length > 0) return origins.every((origin) => own(origin) || allowed.includes(origin));
  return fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none';
}

/** The error for a request that may not. @internal */
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

/**
 * Finds the credential of a request (RFC 6750 section 2). A request with two of them is rejected, because different
 * components could choose different ones.
 *
 * @module
 */
import { type AuthError, errorOf } from '../internal.js';
import { crossSite, mayUseCookie } from './cross-site.js';

/** Where a token can be. The Authorization header is read unless `header` is `false`. */
export interface TokenPlaces {
  /** `Authorization: Bearer …`. `false` disables it. */
  header?: boolean;
  /**
   * The name of a cookie that contains the token. Browsers also send cookies with requests that other sites start, so a
   * write or a WebSocket upgrade with the cookie must come from a page of this origin or of {@link
   * TokenPlaces.allowedOrigins}, or not from a browser.
   */
  cookie?: string;
  /** Other origins whose pages may send writes with the cookie, such as `https://app.example.com`. */
  allowedOrigins?: readonly string[];
  /**
   * The name of a query parameter that contains the token. URLs end up in logs and browser history, so use this only
   * for clients that cannot send headers, such as a browser that opens a WebSocket.
   */
  query?: string;
}

/** The part of a request that is read. */
export interface Carrier {
  /** The method, in upper case. */
  method: string;
  /** A header by its lower-case name; repeated headers are joined with commas. */
  header(name: string): string | undefined;
  /** The query, with or without the leading `?`. */
  query(): string;
}

/** The part of a Node request that is read. */
interface NodeRequest {
  headers: Record<string, string | string[] | undefined>;
  headersDistinct?: Record<string, string[] | undefined>;
}

/**
 * All values of a header of a Node request: Node keeps only the first `Authorization`, whereas fetch runtimes join
 * them.
 *
 * @internal
 */
export function headerOf({ headers, headersDistinct }: NodeRequest, name: string): string | undefined {
  const value = headers[name];
  const sent = headersDistinct?.[name];
  if (name !== 'authorization' || sent === undefined || sent.length < 2)
    return Array.isArray(value) ? value.join(', ') : value;
  return sent.join(', ');
}

/** The query of a request target. It is not parsed as a URL, because it need not be valid. @internal */
export function queryOf(target: string): string {
  const start = target.indexOf('?');
  return start < 0 ? '' : target.slice(start + 1);
}

const BEARER = /^bearer(?: +(.*))?$/i;
const ONE_TOKEN = /^[^\s,]+$/;

/**
 * The token of a request; `undefined` when there is none.
 *
 * @throws RequestError if there are several, or one with an invalid format
 */
export function extract(carrier: Carrier, places: TokenPlaces): string | undefined {
  const found: string[] = [];
  if (places.header !== false) found.push(...fromHeader(carrier.header('authorization')));
  const cookies = places.cookie === undefined ? [] : cookiesNamed(carrier.header('cookie'), places.cookie);
  found.push(...cookies);
  if (places.query !== undefined) found.push(...fromQuery(carrier.query(), places.query));
  if (found.length > 1) throw ambiguous();
  if (cookies.length > 0) refuseOtherSites(carrier, places.allowedOrigins ?? []);
  return found[0];
}

/** @throws RequestError if a page of another site made the browser send its cookie. @internal */
export function refuseOtherSites({ method, header }: Carrier, allowed: readonly string[]): void {
  const origins = header('origin');
  const source = {
    method,
    origins: origins === undefined ? [] : origins.split(',').map((origin) => origin.trim()),
    fetchSite: header('sec-fetch-site'),
    host: header('host'),
    isUpgrade: header('upgrade') !== undefined,
  };
  if (!mayUseCookie(source, allowed)) throw crossSite(source);
}

function fromHeader(value: string | undefined): string[] {
  const bearer = value === undefined ? null : BEARER.exec(value.trim());
  if (bearer === null) return [];
  const token = bearer[1]?.trim() ?? '';
  if (!ONE_TOKEN.test(token)) throw malformed();
  return [token];
}

/**
 * All values with that name, because a neighboring host may have planted a second cookie with the same name. @internal
 */
export function cookiesNamed(value: string | undefined, name: string): string[] {
  const pairs = (value ?? '').split(';').map((pair) => pair.trim());
  const ours = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  return ours.map((one) => one.replace(/^"(.*)"$/, '$1')).filter((one) => one !== '');
}

function fromQuery(query: string, name: string): string[] {
  return new URLSearchParams(query).getAll(name).filter((one) => one !== '');
}

function ambiguous(): AuthError {
  return errorOf({
    code: 'ERR_CREDENTIALS_AMBIGUOUS',
    stage: 'request',
    outside: 'invalid_request',
    message: 'the request carries more than one token',
  });
}

function malformed(): AuthError {
  return errorOf({
    code: 'ERR_CREDENTIALS_MALFORMED',
    stage: 'request',
    outside: 'invalid_request',
    message: 'the Authorization header must be "Bearer", a space and one token',
  });
}

/**
 * Finding the one credential of a request (RFC 6750 section 2). Two of them are refused: which one would have counted must not
 * depend on who looks.
 *
 * @module
 */
import { type AuthError, errorOf } from '../internal.js';
import { crossSite, mayUseCookie } from './cross-site.js';

/** Where a token may come from. The Authorization header is looked at unless `header` is `false`. */
export interface TokenPlaces {
  /** `Authorization: Bearer …`. `false` leaves it out. */
  header?: boolean;
  /**
   * The name of a cookie that holds the token. Browsers send cookies with whatever another site makes them send, so a write or a
   * WebSocket upgrade with one must come from a page of this origin or of {@link TokenPlaces.allowedOrigins}, or from no browser.
   */
  cookie?: string;
  /** Other origins whose pages may write with the cookie, such as `https://app.example.com`. */
  allowedOrigins?: readonly string[];
  /**
   * The name of a query parameter that holds the token. URLs end up in logs and histories: only for what cannot send headers,
   * such as a WebSocket opened by a browser.
   */
  query?: string;
}

/** As much of a request as is looked at. */
export interface Carrier {
  /** The method, in upper case. */
  method: string;
  /** A header by its lower-case name; several of one name joined by commas. */
  header(name: string): string | undefined;
  /** The query, with or without the leading `?`. */
  query(): string;
}

/** As much of a Node request as is looked at. */
interface NodeRequest {
  headers: Record<string, string | string[] | undefined>;
  headersDistinct?: Record<string, string[] | undefined>;
}

/**
 * A header of a Node request, each time it was sent: Node keeps the first `Authorization` alone and drops the others, where the
 * fetch runtimes join them.
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

/** The query of a request target. No URL is made of it: what comes from outside need not be one. @internal */
export function queryOf(target: string): string {
  const start = target.indexOf('?');
  return start < 0 ? '' : target.slice(start + 1);
}

const BEARER = /^bearer(?: +(.*))?$/i;
const ONE_TOKEN = /^[^\s,]+$/;

/**
 * The token of a request; `undefined` when there is none.
 *
 * @throws RequestError when there are several, or one that is written wrongly
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

/** @throws RequestError when a page of another site makes the browser send its cookie. @internal */
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

/** Every value under that name, for a second cookie of the same name may have been planted by a neighbouring host. @internal */
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

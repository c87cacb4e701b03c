import { parse as parseQuery } from 'node:querystring';
import { cookiesNamed, headerOf, refuseOtherSites } from '../adapters/extract.js';
import type { JwtFromRequestFunction } from './types.js';

/**
 * The part of a request that the extractors read. Express' requests have it, and so have Node's own, except for `body`.
 */
interface RequestLike {
  headers: Record<string, string | string[] | undefined>;
  method?: string;
  url?: string;
  body?: unknown;
}

type Extractor = JwtFromRequestFunction;

/** Extracts the token from a custom header. */
function fromHeader(name: string): Extractor {
  return ({ headers }: RequestLike) => (headers[name] as string) || null;
}

/** Extracts the token from a field of a parsed body. */
function fromBodyField(name: string): Extractor {
  return ({ body }: RequestLike) => memberOf(body, name);
}

/** Extracts the token from the query. It ends up in logs and browser history there: prefer a header or a cookie. */
function fromUrlQueryParameter(name: string): Extractor {
  return ({ url = '' }: RequestLike) => {
    const start = url.indexOf('?');
    if (start === -1) return null;
    const end = url.indexOf('#', start);
    return memberOf(parseQuery(url.slice(start + 1, end === -1 ? undefined : end)), name);
  };
}

/**
 * Extracts the token from a cookie. Two cookies with that name count as none, because a neighboring host may have
 * planted one. A write or a WebSocket upgrade must come from a page of this host or of `allowedOrigins`, or not from a
 * browser; otherwise the extractor throws `ERR_CROSS_SITE_REQUEST`, whose `status` is 403.
 */
function fromCookie(name: string, { allowedOrigins = [] }: { allowedOrigins?: readonly string[] } = {}): Extractor {
  return (request: RequestLike) => {
    const header = (name: string) => headerOf(request, name);
    const [value, another] = cookiesNamed(header('cookie'), name);
    if (value === undefined || another !== undefined) return null;
    refuseOtherSites({ method: request.method ?? 'GET', header, query: () => '' }, allowedOrigins);
    return decoded(value);
  };
}

/** The value of a cookie as Express' `res.cookie` encodes it; any other value is returned unchanged. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Extracts the token after a scheme in `Authorization`. The scheme is case-insensitive. */
function fromAuthHeaderWithScheme(scheme: string): Extractor {
  const wanted = scheme.toLowerCase();
  return ({ headers }: RequestLike) => {
    const header = headers.authorization;
    if (typeof header !== 'string') return null;
    const [given, token] = header.trim().split(/\s+/, 2);
    return given?.toLowerCase() === wanted && token ? token : null;
  };
}

/** Extracts the token after `Bearer` in `Authorization` (RFC 6750 section 2.1). */
function fromAuthHeaderAsBearerToken(): Extractor {
  return fromAuthHeaderWithScheme('bearer');
}

/** Returns the first token that one of several extractors finds. */
function fromExtractors(extractors: readonly Extractor[]): Extractor {
  if (!Array.isArray(extractors)) throw new TypeError('extractors.fromExtractors expects an array');
  return (request) => {
    let token: string | null = null;
    for (let at = 0; !token && at < extractors.length; at++) token = (extractors[at] as Extractor)(request);
    return token;
  };
}

/** The order of passport-jwt 1: header, then body, then query. */
function versionOneCompatibility(
  options: { authScheme?: string; tokenBodyField?: string; tokenQueryParameterName?: string } = {},
): Extractor {
  return fromExtractors([
    fromAuthHeaderWithScheme(options.authScheme || 'JWT'),
    fromBodyField(options.tokenBodyField || 'auth_token'),
    fromUrlQueryParameter(options.tokenQueryParameterName || 'auth_token'),
  ]);
}

/** Functions that find the token in a request. */
export const ExtractJwt = {
  fromHeader,
  fromBodyField,
  fromUrlQueryParameter,
  fromAuthHeaderWithScheme,
  fromAuthHeaderAsBearerToken,
  fromExtractors,
  versionOneCompatibility,
  fromCookie,
};

function memberOf(container: unknown, name: string): string | null {
  const holds = container !== null && typeof container === 'object' && Object.hasOwn(container, name);
  return holds ? ((container as Record<string, string>)[name] as string) : null;
}

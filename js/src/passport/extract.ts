import { parse as parseQuery } from 'node:querystring';
import { cookiesNamed, headerOf, refuseOtherSites } from '../adapters/extract.js';
import type { JwtFromRequestFunction } from './types.js';

/** What the extractors look at. Express' requests have it, and so have Node's own but for `body`. */
interface RequestLike {
  headers: Record<string, string | string[] | undefined>;
  method?: string;
  url?: string;
  body?: unknown;
}

type Extractor = JwtFromRequestFunction;

/** The token in a header of its own. */
function fromHeader(name: string): Extractor {
  return ({ headers }: RequestLike) => (headers[name] as string) || null;
}

/** The token in a field of a parsed body. */
function fromBodyField(name: string): Extractor {
  return ({ body }: RequestLike) => memberOf(body, name);
}

/** The token in the query. It ends up in logs and histories there: prefer a header or a cookie. */
function fromUrlQueryParameter(name: string): Extractor {
  return ({ url = '' }: RequestLike) => {
    const start = url.indexOf('?');
    if (start === -1) return null;
    const end = url.indexOf('#', start);
    return memberOf(parseQuery(url.slice(start + 1, end === -1 ? undefined : end)), name);
  };
}

/**
 * The token in a cookie. Two cookies of that name count as none: a neighboring host may have planted one. A write or a WebSocket upgrade
 * must come from a page of this host or of `allowedOrigins`, or from no browser; otherwise the extractor throws
 * `ERR_CROSS_SITE_REQUEST`, whose `status` is 403.
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

/** A cookie's value as Express' `res.cookie` wrote it; as it is where it was written otherwise. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The token after a scheme in `Authorization`. The scheme's case does not matter. */
function fromAuthHeaderWithScheme(scheme: string): Extractor {
  const wanted = scheme.toLowerCase();
  return ({ headers }: RequestLike) => {
    const header = headers.authorization;
    if (typeof header !== 'string') return null;
    const [given, token] = header.trim().split(/\s+/, 2);
    return given?.toLowerCase() === wanted && token ? token : null;
  };
}

/** The token after `Bearer` in `Authorization` (RFC 6750 section 2.1). */
function fromAuthHeaderAsBearerToken(): Extractor {
  return fromAuthHeaderWithScheme('bearer');
}

/** The first token that one of several extractors finds. */
function fromExtractors(extractors: readonly Extractor[]): Extractor {
  if (!Array.isArray(extractors)) throw new TypeError('extractors.fromExtractors expects an array');
  return (request) => {
    let token: string | null = null;
    for (let at = 0; !token && at < extractors.length; at++) token = (extractors[at] as Extractor)(request);
    return token;
  };
}

/** Where passport-jwt 1 looked: header, then body, then query. */
function versionOneCompatibility(
  options: { authScheme?: string; tokenBodyField?: string; tokenQueryParameterName?: string } = {},
): Extractor {
  return fromExtractors([
    fromAuthHeaderWithScheme(options.authScheme || 'JWT'),
    fromBodyField(options.tokenBodyField || 'auth_token'),
    fromUrlQueryParameter(options.tokenQueryParameterName || 'auth_token'),
  ]);
}

/** Ways to find the token in a request. */
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

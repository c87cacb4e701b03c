/**
 * For the application behind the gate: the user's identity, trusted only with the gate's proof.
 *
 * @module
 */
import { asError, notify } from '../guard.js';
import { checkOptions, rules } from './check.js';
import { errorOf, isAuthError, optionError } from './errors.js';
import type { KeyMaterial } from './keys.js';
import type { Alg, Duration } from './types.js';
import { createVerifier, type Verifier } from './verifier.js';

/** The user's identity, as the gate sends it. */
export interface GateIdentity {
  /** The token's subject. */
  readonly subject: string;
  /** The roles in the token. */
  readonly roles: readonly string[];
  /** The session, if the token names one. */
  readonly session: string | undefined;
}

/** Options of {@link trustGate}. */
export interface TrustGateOptions {
  /** The gate's key: the secret `GATE_KEY`, or the verification key for what the gate signs with. */
  key?: KeyMaterial;
  /** The algorithms of the gate's proofs. Default: HS256. */
  algorithms?: readonly Alg[];
  /** The name of this application in the upstreams of the policy. A proof for another upstream is rejected. */
  upstream?: string;
  /** The path prefix in the upstream's `url` in the policy, such as `/v1`, if it has one. */
  basePath?: string;
  /**
   * Instead of a key: this Worker is reachable only through the gate's service binding (it has no route and no
   * workers.dev URL), so the plain headers are trusted. If that assumption is wrong, anyone can impersonate anyone.
   */
  serviceBinding?: true;
  /** Allowed clock skew. Default: 5 seconds. */
  leeway?: Duration;
  /** The current time in milliseconds, for tests. */
  now?: () => number;
}

/** The part of a Node request that is used; Express requests have it. */
interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  originalUrl?: string;
  headers: Record<string, string | string[] | undefined>;
  gate?: GateIdentity | null;
}

/** The part of a Node response that is used. */
interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** Middleware for Express (and `http`), with {@link TrustGate.identify} for everything that uses `Request`. */
export interface TrustGate {
  /** Sets `req.gate`, or responds with 401. */
  (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void): void;
  /**
   * The user's identity; `null` if the gate forwarded a request without a token. @throws AuthError if the gate's proof
   * is missing or invalid.
   */
  identify(request: { method: string; url: string; headers: Headers }): GateIdentity | null;
}

const ALLOWED = {
  key: rules.key,
  algorithms: rules.algorithms,
  upstream: rules.text,
  basePath: ['a path such as "/v1"', (value: unknown) => typeof value === 'string' && /^\/.*[^/]$/.test(value)],
  serviceBinding: ['true', (value: unknown) => value === true],
  leeway: rules.duration,
  now: rules.callback,
} as const;

const PREFIX = 'x-portcullis-';
const PROOF = 'x-portcullis-proof';

/**
 * Trusts identity headers only with a proof by the gate that covers method, path, subject and time. Every other request
 * is rejected.
 *
 * @example
 * app.use(trustGate({ key: process.env.GATE_KEY, upstream: 'app' }));
 * app.get('/me', (req, res) => res.json(req.gate));
 */
export function trustGate(options: TrustGateOptions): TrustGate {
  checkOptions(options, ALLOWED, 'trustGate');
  const verifier = verifierOf(options);
  const { basePath = '' } = options;
  const middleware = (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void): void => {
    let identity: GateIdentity | null;
    try {
      const target = request.originalUrl ?? request.url ?? '';
      identity = believe(verifier, request.method ?? '', judged(target, basePath), (name) => header(request, name));
    } catch (error) {
      dropIdentity(request);
      if (!isAuthError(error) || error.status >= 500) {
        notify('next()', () => next(asError('trustGate', error)));
        return;
      }
      response.statusCode = 401;
      response.setHeader('content-type', 'application/json');
      response.end('{"error":"gate_proof_invalid","message":"This is answered through the gate only."}');
      return;
    }
    request.gate = identity;
    notify('next()', next);
  };
  return Object.assign(middleware, {
    identify(request: { method: string; url: string; headers: Headers }): GateIdentity | null {
      const { pathname, search } = new URL(request.url);
      const target = judged(pathname + search, basePath);
      return believe(verifier, request.method, target, (name) => request.headers.get(name) ?? undefined);
    },
  });
}

function verifierOf(options: TrustGateOptions): Verifier | undefined {
  const { key, upstream, serviceBinding, algorithms = ['HS256'], leeway, now } = options;
  if (serviceBinding === true) {
    if (key !== undefined) throw optionError('serviceBinding', 'left out where there is a key', serviceBinding);
    return undefined;
  }
  if (key === undefined) throw optionError('key', ALLOWED.key[0], key);
  if (upstream === undefined)
    throw optionError('upstream', "this application's name among the policy's upstreams", upstream);
  return createVerifier({
    key,
    algorithms,
    issuer: 'portcullis-gate',
    audience: upstream,
    typ: 'gate+jwt',
    requiredClaims: ['exp', 'htm', 'htu'],
    ...(leeway === undefined ? {} : { leeway }),
    ...(now === undefined ? {} : { now }),
  });
}

function believe(
  verifier: Verifier | undefined,
  method: string,
  target: string | undefined,
  read: (name: string) => string | undefined,
): GateIdentity | null {
  const plain = plainIdentity(read);
  if (verifier === undefined) return plain;
  const { claims } = verifier.verifySync(read(PROOF) ?? '');
  if (claims.htm !== method) throw mismatch('htm');
  if (target === undefined || claims.htu !== target) throw mismatch('htu');
  const proved = typeof claims.sub === 'string' ? identityOf(claims.sub, claims.roles, claims.sid) : null;
  // The plain headers must contain the same values, so that code that reads them gets the verified identity.
  if (JSON.stringify(proved) !== JSON.stringify(plain)) throw mismatch('sub');
  return proved;
}

/** The target as the gate checked it, before the upstream's own path was added. */
function judged(target: string, basePath: string): string | undefined {
  return target.startsWith(`${basePath}/`) ? target.slice(basePath.length) : undefined;
}

function plainIdentity(read: (name: string) => string | undefined): GateIdentity | null {
  const subject = read(`${PREFIX}sub`);
  if (subject === undefined) return null;
  const roles = read(`${PREFIX}roles`) ?? '';
  const session = read(`${PREFIX}sid`);
  return identityOf(
    text(subject),
    roles === '' ? [] : roles.split(',').map(text),
    session === undefined ? undefined : text(session),
  );
}

function identityOf(subject: string, roles: unknown, session: unknown): GateIdentity {
  return {
    subject,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    session: typeof session === 'string' ? session : undefined,
  };
}

function text(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw mismatch('sub');
  }
}

function header(request: NodeRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function dropIdentity(request: NodeRequest): void {
  for (const name of Object.keys(request.headers)) if (name.startsWith(PREFIX)) delete request.headers[name];
}

function mismatch(claim: string): Error {
  return errorOf({
    code: 'ERR_CLAIM_MISMATCH',
    stage: 'claims',
    outside: 'invalid_token',
    message: `the gate's proof is not for this request (${claim})`,
    subject: claim,
  });
}

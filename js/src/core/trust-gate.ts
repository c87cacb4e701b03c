/**
 * For the application behind the gate: who asks, believed only with the gate's proof.
 *
 * @module
 */
import { asError, notify } from '../guard.js';
import { checkOptions, rules } from './check.js';
import { errorOf, isAuthError, optionError } from './errors.js';
import type { KeyMaterial } from './keys.js';
import type { Alg, Duration } from './types.js';
import { createVerifier, type Verifier } from './verifier.js';

/** Who asks, as the gate says. */
export interface GateIdentity {
  /** The token's subject. */
  readonly subject: string;
  /** The roles in the token. */
  readonly roles: readonly string[];
  /** The session, where the token names one. */
  readonly session: string | undefined;
}

/** Options of {@link trustGate}. */
export interface TrustGateOptions {
  /** The gate's key: the secret `GATE_KEY`, or whatever the gate signs with. */
  key?: KeyMaterial;
  /** The algorithms of the gate's proofs; HS256 unless set. */
  algorithms?: readonly Alg[];
  /** This application's name among the upstreams of the policy. A proof for another upstream does not count. */
  upstream?: string;
  /** The path that the upstream's `url` in the policy puts before every request's, such as `/v1`, where it has one. */
  basePath?: string;
  /**
   * In place of a key: nothing but the gate's service binding reaches this Worker (it has no route and no workers.dev address), so
   * the plain headers are trusted. If that assumption is wrong, anyone can impersonate anyone.
   */
  serviceBinding?: true;
  /** Clock difference forgiven. 5 seconds unless set. */
  leeway?: Duration;
  /** The present moment in milliseconds, for tests. */
  now?: () => number;
}

/** What is needed of a Node request; Express has it. */
interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  originalUrl?: string;
  headers: Record<string, string | string[] | undefined>;
  gate?: GateIdentity | null;
}

/** What is needed of a Node response. */
interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** Middleware for Express (and `http`), with {@link TrustGate.identify} for everything that speaks `Request`. */
export interface TrustGate {
  /** Sets `req.gate`, or answers 401. */
  (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void): void;
  /** Who asks; `null` where the gate let somebody through without a token. @throws AuthError when the gate does not vouch for it. */
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
 * Believes identity headers only with a proof by the gate over method, path, subject and time. Everything else is refused.
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
  // The plain headers must say the same, so that code which reads those is not told something else.
  if (JSON.stringify(proved) !== JSON.stringify(plain)) throw mismatch('sub');
  return proved;
}

/** The target as the gate judged it, before it went to the upstream's own address. */
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

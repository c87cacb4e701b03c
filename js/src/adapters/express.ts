/**
 * Express (4 and 5), Connect and bare `node:http`.
 *
 * @example
 * import { authenticate, authorize } from 'portcullis/express';
 *
 * app.use(authenticate({ key: process.env.JWT_SECRET, algorithms: ['HS256'], issuer: 'https://id.example', audience: 'api' }));
 * app.get('/admin', authorize('admin'), (req, res) => res.json({ hello: req.auth.claims.sub }));
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asError, forget, notify } from '../guard.js';
import type { Claims, Verified } from '../internal.js';
import { memoryStores } from '../service/memory.js';
import { type SqliteDatabase, type SqliteStatement, sqliteStores } from '../service/sqlite/index.js';
import { type AuthRoutes, type AuthRoutesOptions, authRoutes, type RoutedRequest } from './auth-routes.js';
import { type Refusal, refusalOf } from './challenge.js';
import { type Carrier, headerOf, queryOf } from './extract.js';
import {
  type Admitted,
  type AuthOptions,
  Gate,
  type GateOptions,
  missing,
  OPTIONAL_ALLOWED,
  type OptionalAuthOptions,
} from './gate.js';
import { type RequirementArguments, type Requirements, requirement } from './requirements.js';

export type * from '../service/types.js';
export type {
  Admitted,
  AuthOptions,
  AuthRoutes,
  AuthRoutesOptions,
  GateOptions,
  OptionalAuthOptions,
  Requirements,
  RoutedRequest,
  SqliteDatabase,
  SqliteStatement,
};
export { authRoutes, memoryStores, sqliteStores };

declare global {
  namespace Express {
    /** Extend this in your application: `interface User { id: string }`. Shared with Passport's types. */
    interface User {}
    interface Request {
      /** The verified token, if the request has one. */
      auth?: Verified;
      /** The application's user, as `user(claims)` returned it. */
      user?: User | undefined;
    }
  }
}

/** How errors are reported. */
export interface FailureOptions {
  /** Pass the error to next(err), with status and challenge headers, instead of sending a response. */
  failWithError?: boolean;
}

/** A request as Express extends it. */
export type AuthRequest = IncomingMessage & { originalUrl?: string; auth?: Verified; user?: Express.User | undefined };

/** A middleware that authenticates. */
export interface Authenticator<C extends object = Claims, U = unknown> {
  // biome-ignore lint/suspicious/noExplicitAny: Express' own request and response types differ between its versions
  (request: any, response: any, next: (error?: unknown) => void): void;
  /**
   * Authenticates a request that has no response, such as a WebSocket upgrade. Rejects with an `AuthError`; send its
   * `status` before you close the socket.
   */
  request(request: IncomingMessage): Promise<Admitted<C, U>>;
}

/** The same for optional authentication: a missing token is accepted. */
export interface OptionalAuthenticator<C extends object = Claims, U = unknown> {
  // biome-ignore lint/suspicious/noExplicitAny: Express' own request and response types differ between its versions
  (request: any, response: any, next: (error?: unknown) => void): void;
  /** The authenticated user, or `undefined` if there is no token. */
  request(request: IncomingMessage): Promise<Admitted<C, U> | undefined>;
}

const FAILURE = { failWithError: ['true or false', (value: unknown) => typeof value === 'boolean'] } as const;

/**
 * Requires a valid token: sets `req.auth` and, if `user` is given, `req.user`; otherwise responds with 401 and a
 * challenge.
 *
 * @throws OptionError
 */
export function authenticate<C extends object = Claims, U = unknown>(
  options: AuthOptions<C, U> & FailureOptions,
): Authenticator<C, U> {
  const gate = new Gate<C, U>(options, FAILURE);
  const middleware = through(gate, (carrier) => gate.require(carrier), options.failWithError);
  return Object.assign(middleware, { request: (request: IncomingMessage) => gate.require(carrierOf(request)) });
}

/**
 * Accepts requests without a token, without setting `req.auth`. If there is a token, it must be valid, unless
 * `invalidToken` is `'treat-as-missing'`.
 *
 * @throws OptionError
 */
export function optionalAuth<C extends object = Claims, U = unknown>(
  options: OptionalAuthOptions<C, U> & FailureOptions,
): OptionalAuthenticator<C, U> {
  const gate = new Gate<C, U>(options, { ...FAILURE, ...OPTIONAL_ALLOWED });
  const middleware = through(gate, (carrier) => gate.optional(carrier), options.failWithError);
  return Object.assign(middleware, { request: (request: IncomingMessage) => gate.optional(carrierOf(request)) });
}

/**
 * Requires roles or permissions of the authenticated user: 403 if missing, 401 if unauthenticated.
 *
 * @throws OptionError
 * @example
 * app.delete('/users/:id', authorize('admin'), remove);
 * app.get('/reports', authorize({ roles: ['manager'], permissions: ['reports:read'], all: true }), reports);
 */
export function authorize(...roles: string[]): Authorizer;
export function authorize(requirements: Requirements & FailureOptions): Authorizer;
export function authorize(...given: unknown[]): Authorizer {
  const { asked, failWithError } = withoutFailure(given);
  const needed = requirement(asked);
  return (request: AuthRequest, response: ServerResponse, next: (error?: unknown) => void) => {
    try {
      if (request.auth === undefined) throw missing();
      needed.check(request.auth.claims);
    } catch (error) {
      notify('next()', () => fail(error, refusalOf(error, undefined, needed.scope), response, next, failWithError));
      return;
    }
    notify('next()', next);
  };
}

/** A middleware that authorizes. */
// biome-ignore lint/suspicious/noExplicitAny: Express' own request and response types differ between its versions
export type Authorizer = (request: any, response: any, next: (error?: unknown) => void) => void;

function withoutFailure(given: unknown[]): { asked: RequirementArguments; failWithError: boolean | undefined } {
  const [first] = given;
  if (typeof first !== 'object' || first === null) return { asked: given as string[], failWithError: undefined };
  const { failWithError, ...requirements } = first as Requirements & FailureOptions;
  return { asked: [requirements], failWithError };
}

function through<C extends object, U>(
  gate: Gate<C, U>,
  admit: (carrier: Carrier) => Promise<Admitted<C, U> | undefined>,
  failWithError: boolean | undefined,
) {
  return (request: AuthRequest, response: ServerResponse, next: (error?: unknown) => void): void => {
    const pass = (admitted: Admitted<C, U> | undefined) => {
      if (admitted !== undefined) {
        request.auth = admitted.auth as unknown as Verified;
        if (admitted.user !== undefined) request.user = admitted.user as Express.User;
      }
      return next() as unknown;
    };
    const refuse = (error: unknown) => fail(error, gate.refusal(error), response, next, failWithError);
    forget('next()', admit(carrierOf(request)).then(pass, refuse));
  };
}

function carrierOf(request: AuthRequest): Carrier {
  return {
    method: request.method ?? 'GET',
    header: (name) => headerOf(request, name),
    query: () => queryOf(request.originalUrl ?? request.url ?? ''),
  };
}

/**
 * An error that is not about the token (such as a failing database behind `user`) belongs to the application: it always
 * goes to `next`, whose result is returned.
 */
function fail(
  error: unknown,
  refusal: Refusal,
  response: ServerResponse,
  next: (error?: unknown) => void,
  failWithError: boolean | undefined,
): unknown {
  if (failWithError === true || refusal.status === 500) {
    const { status, headers } = refusal;
    return next(Object.assign(asError('authentication', error), { status, statusCode: status, headers }));
  }
  response.statusCode = refusal.status;
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(refusal.body));
  return undefined;
}

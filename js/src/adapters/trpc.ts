/**
 * tRPC 11: a context with the authenticated user, and middlewares that narrow its type.
 *
 * @example
 * import { initTRPC } from '@trpc/server';
 * import { createAuthContext, requireAuth, requireRole, type AuthContext } from 'portcullis/trpc';
 *
 * const t = initTRPC.context<AuthContext<MyClaims, MyUser>>().create();
 * const signedIn = t.procedure.use(requireAuth<MyClaims, MyUser>());
 * const admins = t.procedure.use(requireRole<MyClaims, MyUser>('admin'));
 * const context = createAuthContext<MyClaims, MyUser>({ key: secret, algorithms: ['HS256'], issuer: null, audience: 'api' });
 * createHTTPServer({ router, createContext: context });
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { experimental_standaloneMiddleware, TRPCError } from '@trpc/server';
import type { Claims, Verified } from '../internal.js';
import { isAuthError } from '../internal.js';
import { type Carrier, headerOf, queryOf } from './extract.js';
import { carrierOf as fetchCarrier } from './fetch.js';
import { type AuthOptions, Gate, type GateOptions, OPTIONAL_ALLOWED, type OptionalAuthOptions } from './gate.js';
import { type Requirements, requirement } from './requirements.js';

export type { AuthOptions, GateOptions, OptionalAuthOptions, Requirements };

/** A symbol, so that it is copied when the application spreads the context into its own. */
const JUDGE_AGAIN: unique symbol = Symbol('portcullis.judgeAgain');

/** The context of a request: the authenticated user, if there is a token; and the error, if the token was rejected. */
export interface AuthContext<C extends object = Claims, U = unknown> {
  auth: Verified<C> | undefined;
  user: U | undefined;
  /** The roles of the token's `roles` claim. */
  roles: readonly string[];
  /** Why the token is invalid. {@link requireAuth} throws it. */
  authError: Error | undefined;
  /** Verifies the credentials again, on a connection that outlives the token. @internal */
  [JUDGE_AGAIN]?: () => Promise<AuthContext<C, U>>;
}

/** The context after {@link requireAuth}. */
export interface SignedIn<C extends object = Claims, U = unknown> extends AuthContext<C, U> {
  auth: Verified<C>;
  user: U;
  authError: undefined;
}

type Asked = { req: IncomingMessage | Request };

/**
 * A `createContext` for every adapter of tRPC (Node, Express, fetch, WebSocket). An invalid token does not fail the
 * whole batch, only the procedures that require a valid one.
 *
 * tRPC creates the context of a WebSocket once, when it opens. {@link requireAuth} and {@link requireRole} therefore
 * verify the token again at every call over a WebSocket, including dates and revocation. A procedure without them sees
 * the state at the time of opening.
 *
 * @throws OptionError
 */
export function createAuthContext<C extends object = Claims, U = unknown>(
  options: OptionalAuthOptions<C, U>,
): (opts: Asked) => Promise<AuthContext<C, U>> {
  const gate = new Gate<C, U>(options, OPTIONAL_ALLOWED);
  const judge = async (carrier: Carrier): Promise<AuthContext<C, U>> => {
    try {
      const admitted = await gate.optional(carrier);
      const roles = rolesOf(admitted?.auth.claims);
      return { auth: admitted?.auth, user: admitted?.user, roles, authError: undefined };
    } catch (error) {
      if (!isAuthError(error) || error.status === 500) throw error;
      return { auth: undefined, user: undefined, roles: [], authError: error };
    }
  };
  return async ({ req }) => {
    const carrier = carrierOf(req);
    const context = await judge(carrier);
    const isConnection = carrier.header('upgrade') !== undefined;
    return isConnection ? { ...context, [JUDGE_AGAIN]: () => judge(carrier) } : context;
  };
}

/**
 * Requires a valid token: `UNAUTHORIZED` without one. `ctx.auth` and `ctx.user` are then defined.
 *
 * @example
 * const signedIn = t.procedure.use(requireAuth<MyClaims, MyUser>());
 */
export function requireAuth<C extends object = Claims, U = unknown>() {
  return experimental_standaloneMiddleware<{ ctx: AuthContext<C, U> }>().create(async ({ ctx, next }) =>
    next({ ctx: signedIn(await current(ctx)) }),
  );
}

/**
 * Requires one of these roles, or the {@link Requirements}: `FORBIDDEN` without them, `UNAUTHORIZED` without a token.
 *
 * @throws OptionError
 * @example
 * const admins = t.procedure.use(requireRole<MyClaims, MyUser>('admin'));
 */
export function requireRole<C extends object = Claims, U = unknown>(...given: string[] | [Requirements]) {
  const needed = requirement(given as string[]);
  return experimental_standaloneMiddleware<{ ctx: AuthContext<C, U> }>().create(async ({ ctx, next }) => {
    const who = signedIn(await current(ctx));
    try {
      needed.check(who.auth.claims as Claims);
    } catch (cause) {
      throw new TRPCError({ code: 'FORBIDDEN', message: (cause as Error).message, cause });
    }
    return next({ ctx: who });
  });
}

async function current<C extends object, U>(ctx: AuthContext<C, U>): Promise<AuthContext<C, U>> {
  const again = await ctx[JUDGE_AGAIN]?.();
  return again === undefined ? ctx : { ...ctx, ...again };
}

/** tRPC's code for the status of an error. */
const CODES: Partial<Record<number, TRPCError['code']>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

function signedIn<C extends object, U>(ctx: AuthContext<C, U>): SignedIn<C, U> {
  const { auth, authError } = ctx;
  if (auth !== undefined) return { ...ctx, auth, user: ctx.user as U, authError: undefined };
  const status = isAuthError(authError) ? authError.status : 401;
  const message = authError?.message ?? 'no token provided';
  throw new TRPCError({ code: CODES[status] ?? 'INTERNAL_SERVER_ERROR', message, cause: authError });
}

function rolesOf(claims: Claims | object | undefined): readonly string[] {
  const roles = (claims as Claims | undefined)?.roles;
  if (typeof roles === 'string') return [roles];
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
}

function carrierOf(request: IncomingMessage | Request): Carrier {
  const { headers, url = '' } = request;
  if (headers instanceof Headers) return fetchCarrier(request as Request);
  const header = (name: string) => headerOf(request as IncomingMessage, name);
  return { method: request.method ?? 'GET', header, query: () => queryOf(url) };
}

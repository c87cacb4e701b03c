/**
 * tRPC 11: a context that knows who asks, and middlewares that narrow it.
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

/** A symbol, so that it travels with a context that the application spreads into its own. */
const JUDGE_AGAIN: unique symbol = Symbol('portcullis.judgeAgain');

/** The context of a request: who asks, if anyone says; and why a token was refused, if one was. */
export interface AuthContext<C extends object = Claims, U = unknown> {
  auth: Verified<C> | undefined;
  user: U | undefined;
  /** The roles of the token's `roles` claim. */
  roles: readonly string[];
  /** Why the token that was given is no good. {@link requireAuth} throws it. */
  authError: Error | undefined;
  /** Judges the credentials once more, on a connection that outlives them. @internal */
  [JUDGE_AGAIN]?: () => Promise<AuthContext<C, U>>;
}

/** The context behind {@link requireAuth}. */
export interface SignedIn<C extends object = Claims, U = unknown> extends AuthContext<C, U> {
  auth: Verified<C>;
  user: U;
  authError: undefined;
}

type Asked = { req: IncomingMessage | Request };

/**
 * A `createContext` for every adapter of tRPC (Node, Express, fetch, WebSocket). A bad token does not fail the whole batch: it
 * fails the procedures that ask for a good one.
 *
 * tRPC makes the context of a WebSocket once, when it opens. {@link requireAuth} and {@link requireRole} therefore judge the token
 * again, dates and revocation included, at every call over one. A procedure without them sees what was true at the start.
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
 * Asks for a good token: `UNAUTHORIZED` without one. Behind it `ctx.auth` and `ctx.user` are there.
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
 * Asks for one of these roles, or for what {@link Requirements} say: `FORBIDDEN` without, `UNAUTHORIZED` without a token.
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

/** tRPC's code for the status of a refusal. */
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

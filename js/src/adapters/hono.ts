/**
 * Hono, on every runtime that it supports.
 *
 * @example
 * import { authenticate, authorize, type AuthVariables } from 'portcullis/hono';
 *
 * const app = new Hono<{ Variables: AuthVariables }>();
 * app.use('/api/*', authenticate({ key: secret, algorithms: ['HS256'], issuer: 'https://id.example', audience: 'api' }));
 * app.get('/api/admin', authorize('admin'), (c) => c.json({ hello: c.get('auth').claims.sub }));
 *
 * @module
 */
import type { Claims, Verified } from '../internal.js';
import { refusalOf } from './challenge.js';
import { answer, carrierOf } from './fetch.js';
import {
  type AuthOptions,
  Gate,
  type GateOptions,
  missing,
  OPTIONAL_ALLOWED,
  type OptionalAuthOptions,
} from './gate.js';
import { type RequirementArguments, type Requirements, requirement } from './requirements.js';

export type { AuthOptions, GateOptions, OptionalAuthOptions, Requirements };

/** The context variables that {@link authenticate} sets. */
export interface AuthVariables<C extends object = Claims, U = unknown> {
  auth: Verified<C>;
  user: U;
}

/** The context variables that {@link optionalAuth} sets. */
export type OptionalAuthVariables<C extends object = Claims, U = unknown> = Partial<AuthVariables<C, U>>;

/** The part of Hono's context that is used, so that Hono's own type is not required at run time. */
interface Context {
  req: { raw: Request };
  // biome-ignore lint/suspicious/noExplicitAny: any context, whatever variables it declares
  set(name: any, value: any): void;
  // biome-ignore lint/suspicious/noExplicitAny: any context, whatever variables it declares
  get(name: any): any;
}

/** A Hono middleware. */
// biome-ignore lint/suspicious/noConfusingVoidType: Hono's own type of a middleware's answer
export type Middleware = (context: Context, next: () => Promise<void>) => Promise<Response | void>;

/** Requires a valid token; sets `auth` and, if `user` is given, `user`. @throws OptionError */
export function authenticate<C extends object = Claims, U = unknown>(options: AuthOptions<C, U>): Middleware {
  const gate = new Gate<C, U>(options);
  return through(gate, (request) => gate.require(carrierOf(request)));
}

/** Accepts requests without a token, without setting `auth`. @throws OptionError */
export function optionalAuth<C extends object = Claims, U = unknown>(options: OptionalAuthOptions<C, U>): Middleware {
  const gate = new Gate<C, U>(options, OPTIONAL_ALLOWED);
  return through(gate, (request) => gate.optional(carrierOf(request)));
}

/** Requires roles or permissions: 403 without them, 401 without a user. @throws OptionError */
export function authorize(...roles: string[]): Middleware;
export function authorize(requirements: Requirements): Middleware;
export function authorize(...given: unknown[]): Middleware {
  const needed = requirement(given as unknown as RequirementArguments);
  return async (context, next) => {
    try {
      const auth: Verified | undefined = context.get('auth');
      if (auth === undefined) throw missing();
      needed.check(auth.claims);
    } catch (error) {
      return answer(refusalOf(error, undefined, needed.scope));
    }
    await next();
  };
}

type Found = { auth: unknown; user: unknown } | undefined;

function through<C extends object, U>(gate: Gate<C, U>, admit: (request: Request) => Promise<Found>): Middleware {
  return async (context, next) => {
    try {
      const admitted = await admit(context.req.raw);
      if (admitted !== undefined) {
        context.set('auth', admitted.auth);
        context.set('user', admitted.user);
      }
    } catch (error) {
      const refusal = gate.refusal(error);
      // The application handles errors that are not about the token.
      if (refusal.status === 500) throw error;
      return answer(refusal);
    }
    await next();
  };
}

/**
 * For runtimes and frameworks with `Request` and `Response`: Workers, Deno, Bun, service workers, Next.js route
 * handlers.
 *
 * @example
 * import { authenticate, authorize } from 'portcullis/fetch';
 *
 * const auth = authenticate({ key: secret, algorithms: ['HS256'], issuer: 'https://id.example', audience: 'api' });
 * export default {
 *   fetch: auth.protect((request, { auth }) => Response.json({ hello: auth.claims.sub })),
 * };
 *
 * @module
 */
import type { Claims, Verified } from '../internal.js';
import { refusalOf } from './challenge.js';
import type { Carrier } from './extract.js';
import {
  type Admitted,
  type AuthOptions,
  Gate,
  type GateOptions,
  OPTIONAL_ALLOWED,
  type OptionalAuthOptions,
} from './gate.js';
import { type RequirementArguments, type Requirements, requirement } from './requirements.js';

export type { Admitted, AuthOptions, GateOptions, OptionalAuthOptions, Requirements };

/** Authenticates requests. */
export interface Authenticator<A> {
  /** Authenticates a request. Rejects with an `AuthError`; {@link Authenticator.refuse} creates the response for it. */
  request(request: Request): Promise<A>;
  /** The response to a rejected request. */
  refuse(error: unknown): Response;
  /** Wraps a handler so that it runs only for authenticated requests; other requests get the error response. */
  protect<R extends unknown[]>(
    handler: (request: Request, who: A, ...rest: R) => Response | Promise<Response>,
  ): (request: Request, ...rest: R) => Promise<Response>;
}

/** Requires a valid token. @throws OptionError */
export function authenticate<C extends object = Claims, U = unknown>(
  options: AuthOptions<C, U>,
): Authenticator<Admitted<C, U>> {
  const gate = new Gate<C, U>(options);
  return authenticator(gate, (carrier) => gate.require(carrier));
}

/** Accepts requests without a token; the result is then `undefined`. @throws OptionError */
export function optionalAuth<C extends object = Claims, U = unknown>(
  options: OptionalAuthOptions<C, U>,
): Authenticator<Admitted<C, U> | undefined> {
  const gate = new Gate<C, U>(options, OPTIONAL_ALLOWED);
  return authenticator(gate, (carrier) => gate.optional(carrier));
}

/** A check of roles or permissions. */
export interface Authorizer {
  /** @throws AccessError */
  check(auth: Verified<Claims>): void;
  /** The 403 response, or undefined if access is allowed. */
  refusal(auth: Verified<Claims>): Response | undefined;
}

/** Requires roles or permissions. @throws OptionError */
export function authorize(...roles: string[]): Authorizer;
export function authorize(requirements: Requirements): Authorizer;
export function authorize(...given: unknown[]): Authorizer {
  const needed = requirement(given as unknown as RequirementArguments);
  return {
    check: (auth) => needed.check(auth.claims),
    refusal(auth) {
      try {
        needed.check(auth.claims);
        return undefined;
      } catch (error) {
        return answer(refusalOf(error, undefined, needed.scope));
      }
    },
  };
}

function authenticator<C extends object, U, A>(
  gate: Gate<C, U>,
  admit: (carrier: Carrier) => Promise<A>,
): Authenticator<A> {
  const request = (asked: Request) => admit(carrierOf(asked));
  const refuse = (error: unknown) => answer(gate.refusal(error));
  return {
    request,
    refuse,
    protect:
      (handler) =>
      async (asked, ...rest) => {
        let who: A;
        try {
          who = await request(asked);
        } catch (error) {
          return refuse(error);
        }
        return handler(asked, who, ...rest);
      },
  };
}

/** Adapts a fetch request. @internal */
export function carrierOf(request: Request): Carrier {
  return {
    method: request.method,
    // Not every runtime has `Host`; the URL contains it.
    header: (name) => (name === 'host' ? new URL(request.url).host : (request.headers.get(name) ?? undefined)),
    query: () => new URL(request.url).search,
  };
}

/** An error response as a `Response`. @internal */
export function answer({ status, headers, body }: ReturnType<typeof refusalOf>): Response {
  return Response.json(body, { status, headers });
}

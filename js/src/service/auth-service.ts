/** The auth service without a framework: requests in parts in, answers in parts out. @module */
import { isThenable, messageOf, notify, report, within } from '../guard.js';
import {
  type Claims,
  errorOf,
  hashing,
  type Jwks,
  MAX_BODY_BYTES,
  MAX_HEADERS_BYTES,
  MAX_URL_BYTES,
  newEngine,
  present,
  type Revocations,
  type Rule,
} from '../internal.js';
import { type Rules, SessionDesk, unref } from './desk.js';
import { memoryLimiter } from './limiter.js';
import { settingError, settingsOf } from './settings.js';
import type { AuditEntry, AuthServiceOptions, Limiter, Logger, Trust } from './types.js';

/** The module that holds the service. */
export type ServiceModule = typeof import('../service.js');

type Exports = Parameters<Parameters<ServiceModule['run']>[0]>[0];
type Service = InstanceType<Exports['WasmService']>;
type Engine = ReturnType<typeof newEngine>;

/** A request in parts. */
export interface Asked {
  method: string;
  /** The whole address. */
  url: string;
  headers: Iterable<readonly [string, string]>;
  body: Uint8Array;
  /** Who asks, as the platform (not the sender) says. */
  address: string;
  /** City and country, where somebody knows. */
  place: string;
}

/** An answer in parts. */
export interface Answer {
  status: number;
  headers: [string, string][];
  /** Empty where there is none. */
  body: Uint8Array;
}

type Parts = [number, string, Uint8Array, string, string | undefined, string | undefined];

const HOUR = 3_600_000;
/** How long public keys are not looked at again, in milliseconds. */
const KEYS_FRESH_FOR = 60_000;
/** How long after the start old business is looked after, in milliseconds. */
const FIRST_ROUND = 1000;

/** The service over its stores. */
export class AuthService {
  /** The paths that {@link AuthService.handle} answers. */
  readonly paths: RegExp;
  readonly trust: Trust;
  readonly #module: ServiceModule;
  readonly #settings: string;
  /** Answers that need no service, by their code. */
  readonly #fixed: Record<string, Answer>;
  #current: { traps: number; service: Service } | undefined;
  readonly #options: AuthServiceOptions;
  readonly #logger: Logger;
  readonly #desk: SessionDesk;
  readonly #deadline: number;
  readonly #now: () => number;
  #round: ReturnType<typeof setTimeout>;

  /** @throws OptionError */
  constructor(options: AuthServiceOptions, module: ServiceModule, more: Record<string, Rule> = {}) {
    const settings = settingsOf(options, more, 'authRoutes');
    this.#options = options;
    const { now = Date.now, logger } = options;
    this.#now = () => present(now);
    this.#logger = guarded(logger ?? { info() {}, error: (line) => console.error(JSON.stringify(line)) });
    this.#module = module;
    this.#settings = JSON.stringify(settings);
    this.#deadline = module.run((exports) => exports.storeDeadline());
    const fixed: [string, number, string, string][] = JSON.parse(module.run((exports) => exports.fixedAnswers()));
    this.#fixed = Object.fromEntries(
      fixed.map(([code, status, headers, body]) => [
        code,
        { status, headers: pairs(headers), body: new TextEncoder().encode(body) },
      ]),
    );
    this.paths = new RegExp(made(() => this.#ask((service) => service.paths)));
    const retry = (tries: number) => module.run((exports) => exports.outboxWait(tries));
    const rules: Rules = {
      step: (...given) => this.#ask((service) => service.step(...given)),
      delivered: (...given) => this.#ask((service) => service.delivered(...given)),
      keep: (...given) => this.#ask((service) => service.keep(...given)),
    };
    const waits = { deadline: this.#deadline, retry };
    this.#desk = new SessionDesk(rules, options.stores, waits, this.#now, this.#logger);
    this.trust = this.#trust();
    this.#round = this.#later(FIRST_ROUND);
  }

  /** Answers a request; `undefined` when its path is none of the service's. */
  async handle({ method, url, headers, body, address, place }: Asked): Promise<Answer | undefined> {
    this.#now();
    const headerText = lines(headers);
    const tooLong = codeForLength(method, url, headerText);
    if (tooLong !== undefined) return this.paths.test(pathOf(url)) ? this.#fixed[tooLong] : undefined;
    let parts: Parts | undefined;
    try {
      if (this.#current?.traps !== this.#module.traps()) await this.#module.revivable();
      const whole = body.subarray(0, MAX_BODY_BYTES + 1);
      parts = await this.#askLater((service) => service.handle(method, url, headerText, whole, address, place));
    } catch (error) {
      const path = pathOf(url);
      if (!this.paths.test(path)) return undefined;
      this.#logger.error({ level: 'error', method, path, status: 500, reason: messageOf(error) });
      return this.#fixed.internal_error;
    }
    if (parts === undefined) return undefined;
    const [status, headerLines, bytes, request, audit, reason] = parts;
    if (reason !== undefined) {
      const path = pathOf(url);
      this.#logger.error({ level: 'error', request, method, path, status, reason });
    }
    if (audit !== undefined) void this.#record(JSON.parse(audit));
    return { status, headers: pairs(headerLines), body: bytes };
  }

  /** Ends what runs beside requests. */
  close(): void {
    clearTimeout(this.#round);
    this.#desk.close();
  }

  /** Runs a call into the service, which is made again after a trap. @throws TrapError */
  #ask<T>(call: (service: Service) => T): T {
    return this.#module.run((exports) => {
      const traps = this.#module.traps();
      if (this.#current?.traps !== traps) this.#current = { traps, service: this.#open(exports) };
      return call(this.#current.service);
    });
  }

  /** The same for work that goes on. */
  #askLater<T>(call: (service: Service) => Promise<T>): Promise<T> {
    return this.#module.orTrap(this.#ask(call));
  }

  #open({ WasmService }: Exports): Service {
    const engine = newEngine();
    const service = new WasmService(this.#settings, this.#host(engine) as never);
    for (const { serial, alg, jwk } of JSON.parse(service.hostKeys())) {
      engine.adopt(serial, alg, { jwk: () => jwk });
      engine.ready(serial);
    }
    return service;
  }

  /** What one instance of the module calls. An instance that has trapped gets no more answers. */
  #host(engine: Engine): Record<string, (...given: never[]) => unknown> {
    const { traps, forThisInstance, TrapError } = this.#module;
    const mine = traps();
    const guarded =
      (call: (...given: never[]) => unknown) =>
      (...given: never[]) => {
        if (traps() !== mine) throw new TrapError();
        const answer = call(...given);
        return isThenable(answer) ? forThisInstance(answer) : answer;
      };
    const calls = Object.entries(this.#calls(engine));
    return Object.fromEntries(calls.map(([name, call]) => [name, name === 'now' ? call : guarded(call as never)]));
  }

  #calls(engine: Engine) {
    const limiter = this.#limiter();
    const stores: Record<string, unknown> = { ...this.#options.stores, limiter };
    const text = (answer: unknown) => JSON.stringify(answer ?? null);
    return {
      now: () => this.#surelyNow(),
      ask: (store: string, verb: string, args: string): string | Promise<string> => {
        const its = stores[store] as Record<string, (...given: unknown[]) => unknown>;
        const asked = its[verb]?.(...JSON.parse(args));
        // The limiter's answer has the same time, and says itself what becomes of it when it is late.
        const answer = store === 'limiter' ? asked : within(this.#deadline, asked);
        return isThenable(answer) ? answer.then(text) : text(answer);
      },
      tell: (user: string, event: string) => this.#desk.tell(user, event),
      ...hashing,
      check: (serial: number, message: Uint8Array, signature: Uint8Array) => engine.check(serial, message, signature),
      sign: (serial: number, message: Uint8Array) => engine.sign(serial, message),
      answerCheck: () => engine.answerCheck(engine.asked as never),
      answerSign: () => engine.answerSign(engine.asked as never),
    };
  }

  /** Wasm can catch nothing here. A request has read the clock before, and failed if it could not. */
  #surelyNow(): number {
    try {
      return this.#now();
    } catch (error) {
      report('now', error);
      return Date.now();
    }
  }

  #limiter(): Limiter {
    const { limiter } = this.#options;
    if (limiter === false) return { allow: () => true };
    if (limiter === undefined) return memoryLimiter(this.#now);
    return { allow: (limit, key, cost) => this.#allows(limiter, [limit, key, cost]) };
  }

  /** A limiter that fails lets the try go on, for the lockout stands behind it. An answer that is none does not. */
  async #allows(limiter: Limiter, given: Parameters<Limiter['allow']>): Promise<boolean> {
    try {
      const allowed: unknown = await within(this.#deadline, limiter.allow(...given));
      if (typeof allowed === 'boolean') return allowed;
    } catch (error) {
      this.#logger.error({ level: 'error', reason: `limiter.allow: ${messageOf(error)}` });
      return true;
    }
    this.#logger.error({ level: 'error', reason: 'limiter.allow must return true or false' });
    return false;
  }

  #trust(): Trust {
    const { jwtSecret, now } = this.#options;
    const where = JSON.parse(this.#ask((service) => service.trust)) as {
      issuer: string;
      audience: string;
      leeway: number;
    };
    const key =
      jwtSecret === undefined ? { key: this.#publicKeys() } : { key: jwtSecret, algorithms: ['HS256'] as const };
    const revocations: Revocations = {
      isRevoked: (claims) => this.#isRevoked(claims),
    };
    const requiredClaims = ['exp', 'iat', 'sub', 'sid'];
    return { ...key, ...where, typ: 'at+jwt', requiredClaims, revocations, ...(now && { now }) };
  }

  /** A list that cannot be read refuses the token, as one at an address does. */
  async #isRevoked({ sid, sub, iat }: Claims): Promise<boolean> {
    try {
      return await this.#askLater((service) =>
        service.isRevoked(textOf(sid), textOf(sub), typeof iat === 'number' ? iat : undefined),
      );
    } catch (cause) {
      this.#logger.error({ level: 'error', reason: messageOf(cause) });
      const message = 'the list of revoked tokens could not be read';
      throw errorOf(
        { code: 'ERR_REVOCATION_UNAVAILABLE', stage: 'revocation', outside: 'unavailable', message },
        { cause },
      );
    }
  }

  /** The public keys, looked at again now and then: one that was retired is trusted for a while and no longer. */
  #publicKeys(): () => Jwks {
    let at = Number.NEGATIVE_INFINITY;
    let text = '';
    let jwks: Jwks;
    return () => {
      const now = this.#now();
      if (Math.abs(now - at) < KEYS_FRESH_FOR) return jwks;
      at = now;
      const published = this.#ask((service) => service.jwks(now));
      // The same object for the same keys: verifiers know by it that they have them already.
      if (published !== text) jwks = JSON.parse(published);
      text = published;
      return jwks;
    };
  }

  async #record(entries: AuditEntry[]): Promise<void> {
    for (const entry of entries) this.#logger.info({ level: 'info', ...entry });
    try {
      await within(this.#deadline, this.#options.stores.audit.append(entries));
    } catch (error) {
      this.#logger.error({ level: 'error', reason: `audit.append: ${messageOf(error)}`, entries });
      await this.#desk.keep(entries);
    }
  }

  /** What has to be done now and then: revocations that wait, what is past its time. */
  async #look(): Promise<void> {
    const { audit, revocations } = this.#options.stores;
    try {
      const now = this.#now();
      await this.#desk.sweep();
      await within(this.#deadline, revocations.prune(now));
      await within(this.#deadline, audit.prune(this.#ask((service) => service.auditStart(now))));
    } catch (error) {
      this.#logger.error({
        level: 'warn',
        reason: `what is past its time could not be forgotten: ${messageOf(error)}`,
      });
    }
    this.#round = this.#later(HOUR);
  }

  #later(millis: number): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => void this.#look(), millis);
    unref(timer);
    return timer;
  }
}

function made<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw settingError(error);
  }
}

function pathOf(url: string): string {
  return url.replace(/^\w+:\/\/[^/?#]*|[?#].*$/gs, '');
}

/** Text is copied into the module, so its length is checked before. The code of the answer to text that is too long. */
function codeForLength(method: string, url: string, headers: string): string | undefined {
  if (url.length > MAX_URL_BYTES) return 'uri_too_long';
  return method.length + headers.length > MAX_HEADERS_BYTES ? 'headers_too_large' : undefined;
}

function lines(headers: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [name, value] of headers) text += `${name}:${value}\n`;
  return text;
}

function pairs(text: string): [string, string][] {
  const all = text.split('\n').filter((line) => line !== '');
  return all.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A logger whose failures end nothing. They are reported on the console. */
function guarded(logger: Logger): Logger {
  return {
    info: (line) => notify('logger.info', () => logger.info(line)),
    error: (line) => notify('logger.error', () => logger.error(line)),
  };
}

/** The auth service without a framework: requests and responses as plain objects. @module */
import { isThenable, messageOf, notify, report, within } from '../guard.js';
import {
  type Claims,
  capped,
  cut,
  errorOf,
  hashing,
  type Jwks,
  MAX_BODY_BYTES,
  MAX_HEADERS_BYTES,
  MAX_OPTION_BYTES,
  MAX_URL_BYTES,
  newEngine,
  present,
  type Revocations,
  type Rule,
} from '../internal.js';
import { SessionDesk, unref } from './desk.js';
import { EndedByTrap, ServiceDoors, type ServiceModule } from './doors.js';
import { memoryLimiter } from './limiter.js';
import { settingError, settingsOf } from './settings.js';
import type { AuditEntry, AuthServiceOptions, Limiter, Logger, Trust } from './types.js';

/** A request. */
export interface Asked {
  method: string;
  /** The complete URL. */
  url: string;
  headers: Iterable<readonly [string, string]>;
  body: Uint8Array;
  /** The client address, from the platform (not from the client). */
  address: string;
  /** City and country, if known. */
  place: string;
}

/** A response. */
export interface Answer {
  status: number;
  headers: [string, string][];
  /** Empty if there is no body. */
  body: Uint8Array;
}

type Service = InstanceType<ReturnType<ServiceModule['instance']['doors']>['WasmService']>;
type Parts = [number, string, Uint8Array, string, string | undefined, string | undefined];

const HOUR = 3_600_000;
/** How long the public keys are cached, in milliseconds. */
const KEYS_FRESH_FOR = 60_000;
/** How long after the start unfinished work is resumed, in milliseconds. */
const FIRST_ROUND = 1000;

/** The service with its stores. */
export class AuthService {
  /** The paths that {@link AuthService.handle} answers. */
  readonly paths: RegExp;
  readonly trust: Trust;
  readonly #instance: ServiceModule['instance'];
  readonly #doors: ServiceDoors;
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
    this.#instance = module.instance;
    const { instance } = module;
    const { storeDeadline } = instance.doors();
    this.#deadline = instance.run(storeDeadline);
    const text = JSON.stringify(settings);
    this.#doors = made(() => new ServiceDoors(instance, (doors) => this.#opened(doors, text)));
    const waits = { deadline: this.#deadline, retry: (tries: number) => this.#doors.outboxWait(tries) };
    this.#desk = new SessionDesk(this.#doors, options.stores, waits, this.#now, this.#logger);
    this.paths = new RegExp(this.#doors.ask((service) => service.paths));
    this.trust = this.#trust();
    this.#round = this.#later(FIRST_ROUND);
  }

  /** Handles a request; `undefined` if its path does not belong to the service. */
  async handle({ method, url, headers, body, address, place }: Asked): Promise<Answer | undefined> {
    this.#now();
    // Values that are too long are cut just above their limits, so that the module rejects them.
    const given: Parameters<Service['handle']> = [
      cut(method, MAX_HEADERS_BYTES),
      cut(url, MAX_URL_BYTES),
      cut(lines(headers), MAX_HEADERS_BYTES),
      body.subarray(0, MAX_BODY_BYTES + 1),
      capped('clientAddress', address, MAX_OPTION_BYTES),
      capped('place', place, MAX_OPTION_BYTES),
    ];
    const parts = await this.#parts(given);
    if (parts === undefined) return undefined;
    const [status, headerLines, bytes, request, audit, reason] = parts;
    if (reason !== undefined) {
      const path = pathOf(url);
      this.#logger.error({ level: 'error', request, method, path, status, reason });
    }
    if (audit !== undefined) void this.#record(JSON.parse(audit));
    return { status, headers: pairs(headerLines), body: bytes };
  }

  /** The module's response; after a trap, the response to requests that the trap ended. */
  async #parts(given: Parameters<Service['handle']>): Promise<Parts | undefined> {
    try {
      return await this.#doors.answer((service) => service.handle(...given));
    } catch (error) {
      if (!(error instanceof EndedByTrap)) throw error;
      const { endedByTrap } = this.#instance.doors();
      return this.#instance.run(() => endedByTrap(error.isOwn, error.message));
    }
  }

  /** The service in the module, with its own engine and keys: each start numbers the keys again. */
  #opened(doors: ReturnType<ServiceModule['instance']['doors']>, settings: string): Service {
    const engine = newEngine();
    const service = new doors.WasmService(settings, this.#host(engine));
    for (const { serial, alg, jwk } of JSON.parse(service.hostKeys())) {
      engine.adopt(serial, alg, { jwk: () => jwk });
      engine.ready(serial);
    }
    return service;
  }

  /** Stops the background work. */
  close(): void {
    clearTimeout(this.#round);
    this.#desk.close();
  }

  #host(engine: ReturnType<typeof newEngine>) {
    const limiter = this.#limiter();
    const stores: Record<string, unknown> = { ...this.#options.stores, limiter };
    const text = (answer: unknown) => JSON.stringify(answer ?? null);
    return {
      now: () => this.#surelyNow(),
      ask: (store: string, verb: string, args: string): string | Promise<string> => {
        const its = stores[store] as Record<string, (...given: unknown[]) => unknown>;
        const asked = its[verb]?.(...JSON.parse(args));
        // The limiter has the same time limit, and has its own rule for exceeding it.
        const answer = store === 'limiter' ? asked : within(this.#deadline, asked);
        return isThenable(answer) ? answer.then(text) : text(answer);
      },
      tell: (user: string, event: string) => this.#desk.tell(user, event),
      watch: (promise: unknown) => this.#doors.watch(promise),
      ...hashing,
      check: (serial: number, message: Uint8Array, signature: Uint8Array) => engine.check(serial, message, signature),
      sign: (serial: number, message: Uint8Array) => engine.sign(serial, message),
      answerCheck: () => engine.answerCheck(engine.asked as never),
      answerSign: () => engine.answerSign(engine.asked as never),
    };
  }

  /** Wasm cannot catch exceptions here. A request has already read the clock, and failed if that was not possible. */
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

  /**
   * If a limiter fails, the attempt is allowed, because the lockout still applies. An invalid result does not allow it.
   */
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
    const where = JSON.parse(this.#doors.ask((service) => service.trust)) as {
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

  /** If the list cannot be read, the token is rejected, as with a list at a URL. */
  async #isRevoked({ sid, sub, iat }: Claims): Promise<boolean> {
    try {
      const issuedAt = typeof iat === 'number' ? iat : undefined;
      return await this.#doors.answer((service) => service.isRevoked(textOf(sid), textOf(sub), issuedAt));
    } catch (cause) {
      this.#logger.error({ level: 'error', reason: messageOf(cause) });
      const message = 'the list of revoked tokens could not be read';
      throw errorOf(
        { code: 'ERR_REVOCATION_UNAVAILABLE', stage: 'revocation', outside: 'unavailable', message },
        { cause },
      );
    }
  }

  /** The public keys, read again from time to time: a retired key is trusted for some time and then no longer. */
  #publicKeys(): () => Jwks {
    let at = Number.NEGATIVE_INFINITY;
    let text = '';
    let jwks: Jwks;
    return () => {
      const now = this.#now();
      if (Math.abs(now - at) < KEYS_FRESH_FOR) return jwks;
      at = now;
      const published = this.#doors.ask((service) => service.jwks(now));
      // The same object for the same keys, so that verifiers recognize keys that they already have.
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

  /** Periodic work: waiting revocations, and expired data. */
  async #look(): Promise<void> {
    const { audit, revocations } = this.#options.stores;
    try {
      const now = this.#now();
      await this.#desk.sweep();
      await within(this.#deadline, revocations.prune(now));
      await within(this.#deadline, audit.prune(this.#doors.ask((service) => service.auditStart(now))));
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

/** A logger whose failures have no effect except a report on the console. */
function guarded(logger: Logger): Logger {
  return {
    info: (line) => notify('logger.info', () => logger.info(line)),
    error: (line) => notify('logger.error', () => logger.error(line)),
  };
}

// The Worker's entry. Loads the wasm, carries requests across, and starts the wasm afresh after a panic.
import { env as bindings, DurableObject } from 'cloudflare:workers';
import {
  __wbg_reset_state as afresh,
  checkPolicy,
  gateAsk,
  gateHeaders,
  gateOpen,
  gateSaid,
  gateWait,
  handle,
  initSync,
  prune,
  record,
  start,
  told,
  UserObject,
} from 'portcullis-glue';
import { readBody } from './body.mjs';
import { createGate, OWN } from './gate.mjs';
import { orderedPuts } from './ordered-puts.mjs';
import policy from './policy.json';
import module from './portcullis.wasm';

/** The event that only ends what is overdue. */
const NOTHING = '{"delivered":{"keys":[]}}';

/** How long an answer waits for a revocation to get onto the list. After that the delivery goes on behind it. */
const DELIVERY_PATIENCE_MS = 1000;

/** What is asked of the wasm. By name, so that of the glue nothing else gets into the bundle. */
const doors = { gateAsk, gateHeaders, gateOpen, gateSaid, gateWait, handle, prune, record, UserObject };

/** Those who wait for an answer from the wasm; a panic answers them all. */
const waiting = new Set();
/** Which instance of the wasm this is, and whether it is past use. */
let instance = 0;
let lost = false;
globalThis.__portcullis_panicked = () => {
  lost = true;
  for (const giveUp of waiting) giveUp(new Error('the wasm instance panicked'));
  waiting.clear();
};

/** What the wasm waits for: it is told of it once, unless it was started afresh meanwhile. */
globalThis.__portcullis_await = (promise, id) => {
  const asked = instance;
  promise.then(
    (value) => tell(asked, id, true, value),
    (error) => tell(asked, id, false, error),
  );
};
globalThis.__portcullis_timer = (milliseconds, id) => setTimeout(tell, milliseconds, instance, id, true);
function tell(asked, id, good, value) {
  if (asked === instance && !lost) told(id, good, value);
}

initSync({ module });
// Throws, and so stops start-up, when a setting or a secret is missing or weak.
start(bindings);
// The same for a policy that the build of this version did not write, or that needs what is not there: the deployment before this one serves on.
const warnings = checkPolicy(bindings, policy);
if (warnings !== '') console.warn(warnings);
const gate = createGate(wasm, policy);

/**
 * The wasm, started afresh after a panic. Has to be asked for before every call: arguments are written into the instance's memory, so
 * it is too late once a call has begun.
 */
function wasm() {
  if (lost) {
    afresh();
    lost = false;
    instance += 1;
    start(bindings);
  }
  return doors;
}

export default {
  /** A verdict that needs no waiting is given without any. */
  fetch(request, env, ctx) {
    try {
      const response = gate(request, env);
      if (response === OWN) return serve(request, env, ctx);
      return response instanceof Promise ? answered(response).catch((error) => broken(error, request)) : response;
    } catch (error) {
      return broken(error, request);
    }
  },

  async scheduled(_controller, env) {
    await answered(wasm().prune(env));
  },
};

/** The Worker's own routes. */
async function serve(request, env, ctx) {
  let body;
  try {
    body = await readBody(request);
  } catch {
    // Chunks that are none, or a client that went away half-way: the sender's doing, not ours.
    return Response.json({ error: 'invalid_request', message: 'The body broke off.' }, { status: 400 });
  }
  try {
    const { method, url, headers, cf } = request;
    const [status, lines, text, audit] = await new Promise((resolve, reject) => {
      waiting.add(reject);
      const asker = {
        answer: (...answer) => {
          waiting.delete(reject);
          resolve(answer);
        },
      };
      wasm().handle(env, method, url, headerLines(headers), body, placeOf(cf), asker);
    });
    if (audit !== undefined) ctx.waitUntil(answered(wasm().record(env, audit)).catch(report));
    return new Response(mayHaveBody(method, status) ? text : null, { status, headers: headerPairs(lines) });
  } catch (error) {
    return broken(error, request);
  }
}

/** What the service would have answered and logged, where it could not do so itself. */
function broken(error, { method, url, headers }) {
  const id = headers.get('cf-ray') ?? crypto.randomUUID();
  report(error, { request: id, method, path: URL.parse(url)?.pathname ?? '', status: 500 });
  const answer = { error: 'internal_error', message: 'Internal server error.' };
  return Response.json(answer, { status: 500, headers: { 'x-request-id': id } });
}

/** A user's sessions. The rules and the storage are in Rust; here are the alarm and the outbox. */
export class UserSessions extends DurableObject {
  #object;
  #instance;
  /** The bindings. The list outlives a lost instance of the wasm, whose puts may still be under way. */
  #bindings = Object.create(this.env, { REVOCATIONS: { value: orderedPuts(this.env.REVOCATIONS) } });

  /** The answer itself where nothing has to be waited for, which spares the platform a promise. */
  tell(event) {
    const before = this.#state().pendingRevocations();
    const answer = this.#apply(event);
    return this.#state().hasPending() ? this.#sendOff(before).then(() => answer) : answer;
  }

  /** Sees to it that what is pending gets away, and waits a little for revocations that were not there `before`. */
  async #sendOff(before) {
    // Before anything is tried, so that a crash loses nothing.
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null || alarm > this.#next()) await this.#setAlarm();
    const news = this.#state().pendingRevocations() > before;
    if (news) await Promise.race([this.#deliver().catch(report), scheduler.wait(DELIVERY_PATIENCE_MS)]);
  }

  async alarm() {
    this.#apply(NOTHING);
    if (this.#state().hasPending()) await this.#deliver();
  }

  /** What is in memory, read from storage where there is nothing, or only what a lost instance had. */
  #state() {
    const { UserObject } = wasm();
    if (this.#object === undefined || this.#instance !== instance) {
      this.#object = new UserObject(this.ctx.storage, this.#bindings);
      this.#instance = instance;
    }
    return this.#object;
  }

  /** A failure drops what is in memory, so that it is read again from storage. */
  #apply(event) {
    try {
      return this.#state().tell(event);
    } catch (error) {
      this.#object = undefined;
      throw error;
    }
  }

  #next() {
    return Date.now() + this.#state().nextTry();
  }

  #setAlarm() {
    return this.ctx.storage.setAlarm(this.#next());
  }

  /** Tries to get what is pending to where it belongs. The alarm is set first, so that a crash in between loses none. */
  async #deliver() {
    await this.#setAlarm();
    const delivered = await answered(this.#state().deliver()).catch(report);
    if (delivered !== undefined) this.#apply(delivered);
    if (this.#state().hasPending()) {
      await this.#setAlarm();
    } else {
      await this.ctx.storage.deleteAlarm();
    }
  }
}

/** A promise of the wasm's, rejected when the wasm panics and would never settle it. */
function answered(promise) {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    promise.then(resolve, reject).finally(() => waiting.delete(reject));
  });
}

function report(error, about = {}) {
  console.error(JSON.stringify({ level: 'error', ...about, reason: String(error?.message ?? error) }));
}

function headerLines(headers) {
  let lines = '';
  // Cheaper here than an iterator, which crosses into the platform for every header.
  headers.forEach((value, name) => {
    lines += `${name}:${value}\n`;
  });
  return lines;
}

function headerPairs(lines) {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    });
}

function placeOf(cf) {
  return [cf?.city, cf?.country].filter(Boolean).join(', ');
}

function mayHaveBody(method, status) {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}

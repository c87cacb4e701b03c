/**
 * The only instance of the wasm module for tokens and keys, created at first use.
 *
 * @module
 */
import type { Asked, Engine } from '../engines/types.js';
import { platform } from '../platform/current.js';
import { Area } from './area.js';
import { type Bounds, bounded } from './bounds.js';
import { errorOf, isAuthError } from './errors.js';
import * as glue from './glue.js';
import { Instance } from './instance.js';
import {
  MAX_DOCUMENT_BYTES,
  MAX_INSPECTED_BYTES,
  MAX_JWKS_BYTES,
  MAX_OPTION_BYTES,
  MAX_PEM_BYTES,
  MAX_SECRET_BYTES,
  MAX_SIGNED_BYTES,
  MAX_TOKEN_BYTES,
  MAX_URL_BYTES,
} from './limits.js';

/** The exports. @internal */
export type Doors = typeof glue;

/**
 * The return value of a call whose result is in the shared buffer, if the host can only answer asynchronously.
 * @internal
 */
export const LATER = -2147483648;

/** Options are passed as JSON; each of their strings was checked for its length before. */
const [OPTION, OPTIONS] = [MAX_OPTION_BYTES, MAX_DOCUMENT_BYTES];
const BOUNDS: Bounds<Doors> = {
  WasmKey: {
    of: {
      fromJwk: [MAX_JWKS_BYTES, OPTION, OPTION],
      fromPem: [MAX_PEM_BYTES, OPTION, OPTION],
      fromSecret: [OPTION, MAX_SECRET_BYTES, OPTION],
      generate: [OPTION],
      hosted: [OPTION, null, OPTION, null, null, OPTION],
    },
    its: { named: [OPTION] },
  },
  WasmKeys: { of: { fromJwks: [MAX_JWKS_BYTES, OPTION] }, its: {} },
  WasmRemote: {
    made: [MAX_URL_BYTES, OPTIONS],
    of: {},
    its: { settle: [null, MAX_DOCUMENT_BYTES, null], step: [MAX_TOKEN_BYTES, MAX_TOKEN_BYTES, null] },
  },
  WasmSigner: { made: [null, OPTIONS], of: {}, its: { resume: [null, OPTION] } },
  WasmVerifier: { made: [null, OPTIONS], of: {}, its: {} },
  inspect: [MAX_INSPECTED_BYTES, null, null, OPTIONS, null],
  isKeyText: [MAX_SECRET_BYTES],
  jwsSign: [null, MAX_SIGNED_BYTES, MAX_SIGNED_BYTES, OPTION],
  jwsVerify: [MAX_TOKEN_BYTES, null, OPTION, null],
};

let engineInUse: Engine | undefined;
let area: Area;

/** The instance. It numbers its keys itself, so each generation gets its own engine. @internal */
export const core = new Instance<Doors>(bounded<Doors>(glue, BOUNDS), platform.core, (memory) => {
  engineInUse = platform.engine();
  glue.setHost(engineInUse as never);
  area = new Area(glue, memory);
});

/** The exports; starts the module if it is not running. @internal */
export function wasm(): Doors {
  return core.doors();
}

/** Runs a call into the module. @throws AuthError @internal */
export function door<T>(call: () => T): T {
  return core.run(call);
}

/** The host's crypto. @internal */
export function engine(): Engine {
  core.doors();
  return engineInUse as Engine;
}

/** A wasm module from the form in which the build embedded it. @internal */
export function compile(source: string | WebAssembly.Module): WebAssembly.Module {
  return platform.compile(source);
}

/** A separate engine, for a module that numbers its keys itself. @internal */
export function newEngine(): Engine {
  return platform.engine();
}

/**
 * Writes `text`, of at most `most` bytes, into the shared buffer and returns its length in bytes. Call {@link wasm}
 * first. @internal
 */
export function put(text: string, most: number): number {
  return area.put(text, most);
}

/** The result in the shared buffer that `number` describes; throws if it describes an error. @internal */
export function take(number: number): string {
  if (number < 0) throwEngineFault();
  return core.run(() => area.take(number));
}

/** Creates the host's own handle of a key. @throws KeyError @internal */
export function hostReady(serial: number): void {
  try {
    engine().ready(serial);
  } catch (error) {
    throw refused(error);
  }
}

/** The host's result for the last pending signature check. Rejects with a KeyError if it rejects the key. @internal */
export function checkLater(): Promise<boolean> {
  return asOurs(engine().answerCheck(engine().asked as Asked), refused);
}

/** The signature of the last pending signing operation. Rejects with a SignatureError if it failed. @internal */
export function signLater(): Promise<Uint8Array> {
  return asOurs(engine().answerSign(engine().asked as Asked), unsigned);
}

/** Converts the host's own errors (a DOMException), because callers distinguish errors by our codes. */
async function asOurs<T>(answer: Promise<T>, ours: (cause: unknown) => Error): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isAuthError(error) ? error : ours(error);
  }
}

function throwEngineFault(): void {
  const fault = engineInUse?.takeFault();
  if (fault !== undefined) throw refused(fault);
}

function refused(cause: unknown): Error {
  const message = `the host refused the key${called(cause)}: the error's cause says why`;
  return errorOf({ code: 'ERR_KEY_INVALID', stage: 'key', outside: 'internal', message, subject: 'key' }, { cause });
}

function unsigned(cause: unknown): Error {
  const message = `the host could not sign with the key${called(cause)}: the error's cause says why`;
  return errorOf({ code: 'ERR_SIGNING_FAILED', stage: 'signature', outside: 'internal', message }, { cause });
}

/** The host's name of its error, such as `InvalidAccessError`. */
function called(cause: unknown): string {
  const { name } = (cause ?? {}) as { name?: unknown };
  return typeof name === 'string' ? ` (${name})` : '';
}

/**
 * The one instance of the wasm module for tokens and keys, made when it is first needed.
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

/** The doors. @internal */
export type Doors = typeof glue;

/** What a call that leaves its answer in the shared area says when the host must be waited for. @internal */
export const LATER = -2147483648;

/** Options travel as JSON, each of their texts bounded before. */
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

/** The instance. Its keys have numbers of their own, so each generation gets an engine of its own. @internal */
export const core = new Instance<Doors>(bounded<Doors>(glue, BOUNDS), platform.core, (memory) => {
  engineInUse = platform.engine();
  glue.setHost(engineInUse as never);
  area = new Area(glue, memory);
});

/** The doors, starting the module where it is not running. @internal */
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

/** A wasm module from what the build put into the file. @internal */
export function compile(source: string | WebAssembly.Module): WebAssembly.Module {
  return platform.compile(source);
}

/** An engine of its own, for a module that numbers its keys by itself. @internal */
export function newEngine(): Engine {
  return platform.engine();
}

/** Writes `text`, of at most `most` bytes, into the shared area and says how many it took. Call {@link wasm} first. @internal */
export function put(text: string, most: number): number {
  return area.put(text, most);
}

/** The answer in the shared area that `number` tells of; throws when it tells of an error. @internal */
export function take(number: number): string {
  if (number < 0) throwEngineFault();
  return core.run(() => area.take(number));
}

/** Has the host make its own handle of a key. @throws KeyError @internal */
export function hostReady(serial: number): void {
  try {
    engine().ready(serial);
  } catch (error) {
    throw refused(error);
  }
}

/** The host's verdict on the signature it was last asked about and put off. Rejects with a KeyError when it refuses the key. @internal */
export function checkLater(): Promise<boolean> {
  return asOurs(engine().answerCheck(engine().asked as Asked), refused);
}

/** The signature that the host was last asked for and put off. Rejects with a SignatureError when it cannot. @internal */
export function signLater(): Promise<Uint8Array> {
  return asOurs(engine().answerSign(engine().asked as Asked), unsigned);
}

/** A host says what went wrong in errors of its own (a DOMException); callers tell errors apart by our codes. */
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

/** What a host calls its error, such as `InvalidAccessError`. */
function called(cause: unknown): string {
  const { name } = (cause ?? {}) as { name?: unknown };
  return typeof name === 'string' ? ` (${name})` : '';
}

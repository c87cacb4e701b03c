/**
 * The one instance of the wasm module, made when it is first needed, and the text that travels to and from it.
 *
 * @module
 */
import * as glue from '../../wasm/core/portcullis.js';
import type { Asked, Engine } from '../engines/types.js';
import { platform } from '../platform/current.js';
import { errorOf, isAuthError } from './errors.js';

/** The doors. @internal */
export type Doors = typeof glue;

/** What a call that leaves its answer in the shared area says when the host must be waited for. @internal */
export const LATER = -2147483648;

let doors: Doors | undefined;
let engineInUse: Engine | undefined;
let memory: WebAssembly.Memory;
let view: Uint8Array = new Uint8Array(0);
/** Where the shared area is, and how much fits. */
let at = 0;
let room = 0;

/** The doors, instantiating the module on the first call. @internal */
export function wasm(): Doors {
  return doors ?? open();
}

/** The host's crypto. @internal */
export function engine(): Engine {
  if (engineInUse === undefined) open();
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

function open(): Doors {
  const exports = glue.initSync({ module: platform.core() });
  memory = exports.memory;
  engineInUse = platform.engine();
  glue.setHost(engineInUse as never);
  doors = glue;
  makeRoom(0);
  return glue;
}

function makeRoom(bytes: number): void {
  at = glue.scratchAt(bytes);
  room = glue.scratchBytes();
  look();
}

function look(): void {
  view = new Uint8Array(memory.buffer);
}

/** Writes `text` into the shared area and says how many bytes it took. Call {@link wasm} first. @internal */
export function put(text: string): number {
  if (view.byteLength === 0) look();
  // No UTF-16 unit takes more than three bytes.
  if (text.length * 3 > room) makeRoom(text.length * 3);
  return platform.writeText(view, at, text);
}

/** The answer in the shared area that `number` tells of; throws when it tells of an error. @internal */
export function take(number: number): string {
  if (view.byteLength === 0) look();
  const length = number < 0 ? -number : number >> 1;
  if (length > room) makeRoom(length);
  const text = platform.readText(view, at, at + length, number < 0 || (number & 1) === 1);
  if (number < 0) throw engineFault() ?? errorOf(JSON.parse(text));
  return text;
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

function engineFault(): unknown {
  const fault = engineInUse?.takeFault();
  return fault === undefined ? undefined : refused(fault);
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

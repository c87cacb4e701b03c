/** Calls the wasm export that explains a text. @module */
import { type Key, setOf } from './keys.js';
import { cut, MAX_INSPECTED_BYTES } from './limits.js';
import { checkLater, door, engine, wasm } from './wasm.js';

/** What is asked. */
export interface InspectQuestion {
  text: string;
  now: number;
  keys: readonly Key[] | undefined;
  /** The options of a verifier (JSON). */
  expectations: string | undefined;
}

/** The report, as JSON. @internal */
export async function inspectText({ text: given, now, keys, expectations }: InspectQuestion): Promise<string> {
  const text = cut(given, MAX_INSPECTED_BYTES);
  const { inspect } = wasm();
  // The export takes ownership of the set, so each call gets its own.
  const set = () => (keys === undefined ? undefined : setOf(keys));
  const before = engine().asked;
  const report = door(() => inspect(text, now, set(), expectations, undefined));
  const { asked } = engine();
  if (asked === undefined || asked === before) return report;
  const good = await checkLater();
  return door(() => inspect(text, now, set(), expectations, good));
}

/**
 * The wasm module for policies. A separate entry, so that only applications with a policy load it.
 *
 * @module
 */
import * as glue from '../wasm/policy/portcullis.js';
import module from '../wasm/policy/portcullis_bg.wasm';
import { Area, bounded, compile, Instance, MAX_OPTION_BYTES, MAX_POLICY_BYTES } from './internal.js';

/** The instance, and its shared buffer for text. */
export interface PolicyDoors {
  readonly instance: Instance<typeof glue>;
  /** Set while the instance runs; replaced after a trap. */
  area: Area | undefined;
}

const BOUNDS = {
  WasmPolicy: { made: [MAX_OPTION_BYTES, MAX_POLICY_BYTES], of: {}, its: {} },
  checkPolicy: [MAX_OPTION_BYTES, MAX_POLICY_BYTES],
} as const;

let doors: PolicyDoors | undefined;

/** The only instance, which starts at first use. */
export function policyDoors(): PolicyDoors {
  doors ??= { instance: new Instance(bounded(glue, BOUNDS), () => compile(module), opened), area: undefined };
  return doors;
}

function opened(memory: WebAssembly.Memory): void {
  policyDoors().area = new Area(glue, memory);
}

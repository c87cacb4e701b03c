/**
 * The wasm module for policies. An entry of its own, so that only those load it who have a policy.
 *
 * @module
 */
import * as glue from '../wasm/policy/portcullis.js';
import module from '../wasm/policy/portcullis_bg.wasm';
import { Area, bounded, compile, Instance, MAX_OPTION_BYTES, MAX_POLICY_BYTES } from './internal.js';

/** The instance, and the area through which text reaches it. */
export interface PolicyDoors {
  readonly instance: Instance<typeof glue>;
  /** Set while the instance runs; another one after a trap. */
  area: Area | undefined;
}

const BOUNDS = {
  WasmPolicy: { made: [MAX_OPTION_BYTES, MAX_POLICY_BYTES], of: {}, its: {} },
  checkPolicy: [MAX_OPTION_BYTES, MAX_POLICY_BYTES],
} as const;

let doors: PolicyDoors | undefined;

/** The one instance, which starts when it is first used. */
export function policyDoors(): PolicyDoors {
  doors ??= { instance: new Instance(bounded(glue, BOUNDS), () => compile(module), opened), area: undefined };
  return doors;
}

function opened(memory: WebAssembly.Memory): void {
  policyDoors().area = new Area(glue, memory);
}

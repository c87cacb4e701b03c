/**
 * The wasm module for policies. An entry of its own, so that only those load it who have a policy.
 *
 * @module
 */
import * as glue from '../wasm/policy/portcullis.js';
import module from '../wasm/policy/portcullis_bg.wasm';
import { Area, compile } from './internal.js';

/** The doors, and the area through which text reaches them. */
export interface PolicyDoors {
  doors: typeof glue;
  area: Area;
}

let open: PolicyDoors | undefined;

/** The one instance, made on the first call. */
export function policyDoors(): PolicyDoors {
  open ??= { doors: glue, area: new Area(glue, glue.initSync({ module: compile(module) }).memory) };
  return open;
}

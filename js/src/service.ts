/**
 * The wasm module with the auth service in it: every route of /auth and /users, password hashing, the rules of sessions. Loaded when
 * somebody asks for `authRoutes`, and started again after a trap.
 *
 * @module
 */
import * as glue from '../wasm/service/portcullis.js';
import module from '../wasm/service/portcullis_bg.wasm';
import { compile } from './internal.js';
import { call, revive } from './service/trap-guard.js';

export { forThisInstance, orTrap, revivable, TrapError, traps } from './service/trap-guard.js';

call(() => glue.initSync({ module: compile(module) }));

/** Runs a call into the module. Starts it first where it has trapped. @throws TrapError */
export function run<T>(work: (exports: typeof glue) => T): T {
  revive(() => glue.__wbg_reset_state());
  return call(() => work(glue));
}

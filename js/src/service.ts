/**
 * The wasm module with the auth service in it: every route of /auth and /users, password hashing, the rules of sessions. Loaded when
 * somebody asks for `authRoutes`.
 *
 * @module
 */
import * as glue from '../wasm/service/portcullis.js';
import module from '../wasm/service/portcullis_bg.wasm';
import { compile } from './internal.js';

glue.initSync({ module: compile(module) });

export const { WasmService, outboxWait, storeDeadline } = glue;

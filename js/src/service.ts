/**
 * The wasm module with the auth service in it: every route of /auth and /users, password hashing, the rules of sessions. Loaded when
 * somebody asks for `authRoutes`.
 *
 * @module
 */
import * as glue from '../wasm/service/portcullis.js';
import module from '../wasm/service/portcullis_bg.wasm';
import { compile, Instance } from './internal.js';

/** The one instance, which all services of a process share. */
export const instance = new Instance(glue, () => compile(module));
instance.doors();

/**
 * The wasm module with the auth service: all routes of /auth and /users, password hashing, the session rules. Loaded
 * when `authRoutes` is first used.
 *
 * @module
 */
import * as glue from '../wasm/service/portcullis.js';
import module from '../wasm/service/portcullis_bg.wasm';
import {
  bounded,
  compile,
  Instance,
  MAX_BODY_BYTES,
  MAX_DOCUMENT_BYTES,
  MAX_HEADERS_BYTES,
  MAX_OPTION_BYTES,
  MAX_URL_BYTES,
  PASSWORD_BOUNDS,
} from './internal.js';

/** Data that the service itself created and stored: a record, an event, a list of them. */
const RECORD = MAX_DOCUMENT_BYTES;
const BOUNDS = {
  ...PASSWORD_BOUNDS,
  WasmService: {
    made: [RECORD, null],
    of: {},
    its: {
      delivered: [RECORD, RECORD],
      handle: [MAX_HEADERS_BYTES, MAX_URL_BYTES, MAX_HEADERS_BYTES, MAX_BODY_BYTES, MAX_OPTION_BYTES, MAX_OPTION_BYTES],
      isRevoked: [MAX_OPTION_BYTES, MAX_OPTION_BYTES, null],
      keep: [RECORD],
      step: [RECORD, RECORD, null],
    },
  },
  endedByTrap: [null, MAX_OPTION_BYTES],
} as const;

/** The only instance, which all services of a process share. */
export const instance = new Instance(bounded(glue, BOUNDS), () => compile(module));
instance.doors();

/** The shared code of this package's entries. Not public: `index.ts` is the public API. @module */
export { Area } from './core/area.js';
export { bounded } from './core/bounds.js';
export * from './core/cache.js';
export * from './core/check.js';
export * from './core/decode.js';
export type { DocumentOptions } from './core/document.js';
export * from './core/errors.js';
export * from './core/inspect.js';
export { Instance } from './core/instance.js';
export * from './core/issuers.js';
export * as jws from './core/jws.js';
export * from './core/keys.js';
export * from './core/limits.js';
export * from './core/passwords.js';
export * from './core/policy.js';
export * from './core/remote.js';
export * from './core/revocations.js';
export * from './core/signer.js';
export * from './core/trust-gate.js';
export * from './core/types.js';
export * from './core/verifier.js';
/** For the other modules. @internal */
export { compile, newEngine } from './core/wasm.js';

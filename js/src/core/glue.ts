/**
 * The exports of the wasm module, without wasm-bindgen's own loader (its default export), which would be bundled
 * without being used. @module
 */
export * from '../../wasm/core/portcullis.js';

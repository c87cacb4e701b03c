/** The doors of the wasm module, without wasm-bindgen's own loader (its default export), which would come along unused. @module */
export * from '../../wasm/core/portcullis.js';

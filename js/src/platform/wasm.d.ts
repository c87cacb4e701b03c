/** The text of a program that runs on a thread of its own, bundled by the build. */
declare module '*?program' {
  const text: string;
  export default text;
}
declare module '*.wasm' {
  /** Base64 where the build writes the module into the file (of its Brotli form in Node's files), a compiled module where the runtime hands it over. */
  const value: string | WebAssembly.Module;
  export default value;
}

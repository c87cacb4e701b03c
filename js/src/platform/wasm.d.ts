/** The source of a program that runs on a worker thread, bundled by the build. */
declare module '*?program' {
  const text: string;
  export default text;
}
declare module '*.wasm' {
  /**
   * Base64 if the build embeds the module in the file (of its Brotli form in Node's files), a compiled module if the
   * runtime provides it.
   */
  const value: string | WebAssembly.Module;
  export default value;
}

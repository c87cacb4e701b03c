declare module '*.wasm' {
  /** Base64 where the build writes the module into the file, a compiled module where the runtime hands it over. */
  const value: string | WebAssembly.Module;
  export default value;
}

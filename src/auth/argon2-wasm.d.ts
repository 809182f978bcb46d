/** workerd compiles imported wasm itself, since code may not be compiled at run time. */
declare module '@phi-ag/argon2/argon2.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** The WebAssembly bytes of the optimizer's pass, as base64. */
export function assemble(): Promise<string>;

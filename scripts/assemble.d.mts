/** The WebAssembly bytes of a text by its name, as base64. */
export function assemble(name: 'optimizer' | 'attention'): Promise<string>;

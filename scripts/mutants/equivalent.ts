/** Generated mutations that change nothing that can be observed, by their file, text and replacement, with the reason. */
export const equivalent: readonly {
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
  readonly reason: string;
}[] = [];

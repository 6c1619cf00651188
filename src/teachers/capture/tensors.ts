/** What a capture may hold of each token, a row a token, N rows: its name in files, its rank and what it is. */
export const captureTensors = {
  conditional: { columns: 'H', required: true, meaning: 'hidden states with the prompt' },
  unconditional: { columns: 'H', required: false, meaning: 'hidden states with nothing given' },
  image_only: { columns: 'H', required: false, meaning: 'hidden states with the image kept and the prompt dropped' },
  target: { columns: 'D', required: false, meaning: 'the tokens that were there' },
  position: { columns: undefined, required: false, meaning: 'index of the token in its sequence' },
} as const satisfies Record<string, CaptureTensorRule>;

interface CaptureTensorRule {
  /** The letter of its columns [N, columns]; undefined for whole numbers [N]. */
  readonly columns: 'H' | 'D' | undefined;
  readonly required: boolean;
  readonly meaning: string;
}

/** A tensor of a capture by its name in files. */
export type CaptureTensorName = keyof typeof captureTensors;

/** The names in the order of the table. */
export const captureTensorNames = Object.keys(captureTensors) as CaptureTensorName[];

/** Whether a text is the name of a capture's tensor. */
export const isCaptureTensor = (name: string): name is CaptureTensorName => Object.hasOwn(captureTensors, name);

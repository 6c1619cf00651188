import type { GraphHead } from './graph-config.ts';

/**
 * What a network's output means (src/heads/diffusion.ts): the velocity data − noise of the straight-line flow or its negative,
 * the noise or the data of a point of it, or the noise, the v or the data of a DDPM process.
 */
export const predictions = [
  'velocity',
  'negative-velocity',
  'noise',
  'data',
  'ddpm-noise',
  'ddpm-velocity',
  'ddpm-data',
] as const;

export type Prediction = (typeof predictions)[number];

/**
 * What classifier-free guidance combines: the `output` with and without the prompt, hidden states before the head
 * (`condition`), or outputs with prompt and image, with the image alone, and with neither (`three-way`). Of heads that are guided
 * inside nothing is combined: they hear the scale, and the state without the prompt (`inside`) or not (`scale`).
 */
export const guidances = ['output', 'condition', 'three-way', 'inside', 'scale'] as const;

export type Guidance = (typeof guidances)[number];

/** How a network reads its times: what cannot be seen in its weights. */
export interface TimeConvention {
  /** What a time is multiplied by before its sinusoidal embedding. */
  readonly timeScale: number;
  /** Whether the scaled time is cut to an integer; not unless given. */
  readonly truncateTime?: boolean;
  /** Whether its times run from data to noise, so that it reads 1 − t of the flow's; not unless given. */
  readonly reversedTime?: boolean;
  /** Whether times are rounded to bfloat16 first, as a network of that type saw them; not unless given. */
  readonly bf16Time?: boolean;
}

/**
 * Sizes and conventions of a network, whatever its architecture; what is optional is what the shared MAR / NextStep
 * skeleton has.
 */
export interface NetworkConfig extends TimeConvention {
  /** D: dimensions of a token. */
  readonly token: number;
  /** H: dimensions of the backbone's hidden state. */
  readonly condition: number;
  readonly width: number;
  /** Residual blocks. */
  readonly depth: number;
  /** adaLN layers that the blocks share, of architectures that share them; one a block unless given. */
  readonly sharedLayers?: number;
  /** Width of the network's output; D unless given. */
  readonly output?: number;
  /** Width inside a block; that of the network unless given. */
  readonly hidden?: number;
  /** Of heads that are called once: dimensions of the noise that a token is made of. */
  readonly noise?: number;
  /** Frequencies of the time embedding; 128 unless given. */
  readonly frequencies?: number;
  /** Stored frequencies of each time's embedding where they are not the usual ones. */
  readonly storedFrequencies?: readonly (readonly number[])[];
  /** Of heads that came as ONNX: the graph, and what its inputs are. */
  readonly graph?: GraphHead;
  /** `velocity` unless given. */
  readonly prediction?: Prediction;
  /** `output` unless given. */
  readonly guidance?: Guidance;
  /** Of students: `original` has the head's own tensors alone, `extended` (unless given) added inputs, too. */
  readonly signature?: 'original';
  /** Of DDPM predictions: how the process adds noise, `cosine` unless given. */
  readonly betas?: 'linear';
  /** Of DDPM predictions: the index that stands for all noisier ones; the last unless given. */
  readonly startIndex?: number;
}

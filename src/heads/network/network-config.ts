/** What a network's output means: a velocity of the flow, or the noise or the v of a DDPM process (src/heads/family). */
export type Prediction = 'velocity' | 'ddpm-noise' | 'ddpm-velocity';

/**
 * What classifier-free guidance combines: the `output` with and without the prompt, hidden states before the head
 * (`condition`), or outputs with prompt and image, with the image alone, and with neither (`three-way`).
 */
export type Guidance = 'output' | 'condition' | 'three-way';

/** How a network reads its times: what cannot be seen in its weights. */
export interface TimeConvention {
  /** What a time is multiplied by before its sinusoidal embedding. */
  readonly timeScale: number;
  /** Whether the scaled time is cut to an integer; not unless given. */
  readonly truncateTime?: boolean;
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
  /** Width of the network's output; D unless given. */
  readonly output?: number;
  /** Width inside a block; that of the network unless given. */
  readonly hidden?: number;
  /** Frequencies of the time embedding; 128 unless given. */
  readonly frequencies?: number;
  /** Stored frequencies of each time's embedding where they are not the usual ones. */
  readonly storedFrequencies?: readonly (readonly number[])[];
  /** `velocity` unless given. */
  readonly prediction?: Prediction;
  /** `output` unless given. */
  readonly guidance?: Guidance;
  /** Of students: `original` has the head's own tensors alone, `extended` (unless given) added inputs, too. */
  readonly signature?: 'original';
  /** Of DDPM predictions: the index that stands for all noisier ones; the last unless given. */
  readonly startIndex?: number;
}

import type { Context, Velocity } from '../flow.ts';
import type { NamedTensors } from '../graph/program.ts';
import type { HeadConfig } from '../head/config.ts';
import type { HostTensor, Parameters } from '../host-tensor.ts';

/** Contexts in ordinary memory: the rows that trajectories start from. */
export interface Contexts {
  /** Hidden states with the prompt [N, H]. */
  readonly conditional: HostTensor<Float32Array>;
  /** Hidden states of the same prefixes without the prompt [N, H]. */
  readonly unconditional: HostTensor<Float32Array>;
  /** Index of the token in its image [N]. */
  readonly position: HostTensor<Int32Array>;
  /** Where the prefix came from [N]: 0 real data (teacher-forced), 1 the teacher's own samples (free-running). */
  readonly provenance: HostTensor<Int32Array>;
}

/** Which contexts: a function of this request alone, whoever asks. */
export interface ContextRequest {
  readonly rows: number;
  /** Key of the random numbers. */
  readonly key: readonly (string | number)[];
  /** Share of rows whose prefix the teacher sampled itself, 0–1. */
  readonly freeRunning: number;
  /** Guidance scales of free-running prefixes are drawn from this range. */
  readonly guidance: { readonly min: number; readonly max: number };
}

/** A many-step flow: its velocity as a tfjs function, and contexts to solve it under. */
export interface Teacher {
  readonly name: string;
  /** SHA-256 of all that determines its output. */
  readonly hash: string;
  /** D: dimensions of a token. */
  readonly token: number;
  /** H: dimensions of a hidden state. */
  readonly condition: number;
  /** Weights that `velocity` reads. */
  readonly parameters: Parameters;
  /** The head whose weights a student may start from; exact teachers have none. */
  readonly head?: HeadConfig;
  /** The guided velocity under a context. */
  readonly velocity: (parameters: NamedTensors, context: Context) => Velocity;
  readonly contexts: (request: ContextRequest) => Promise<Contexts>;
  /** Frees compiled programs. */
  readonly dispose: () => Promise<void>;
}

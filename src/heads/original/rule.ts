import type { HostTensor } from '../../ground/host-tensor.ts';

/** One call of a network: x [R, D], its times [R] in the network's own units (s for two-time heads), c [R, H]. */
export interface NetworkCall {
  readonly x: HostTensor<Float32Array>;
  readonly t: Float32Array;
  readonly s?: Float32Array;
  readonly c: HostTensor<Float32Array>;
}

/** A network as the samplers see it: its outputs [R, W] of a call, W ≥ D. */
export type Evaluate = (call: NetworkCall) => Promise<Float32Array>;

/** What is sampled: `rows` states of `token` numbers under conditions [G·rows, H], the groups one after the other. */
export interface Problem {
  readonly evaluate: Evaluate;
  readonly conditions: HostTensor<Float32Array>;
  readonly rows: number;
  readonly token: number;
}

/** What a sampler may be told; each rule reads what it knows. */
export interface Settings {
  readonly steps: number;
  /** Guidance scale g; 1 is none. */
  readonly guidance: number;
  /** Second scale, of three groups. */
  readonly imageGuidance: number;
  /** Whether a guided velocity is shortened to the conditional one's length. */
  readonly normLimited: boolean;
  /** s of the time shift t/(s − (s − 1)·t). */
  readonly shift: number;
  /** Noise of the stochastic rules of 2026. */
  readonly noiseLevel: number;
  readonly temperature: number;
}

/** What the systems do where nothing is said. */
export const usualSettings: Omit<Settings, 'steps'> = {
  guidance: 1,
  imageGuidance: 1,
  normLimited: false,
  shift: 1,
  noiseLevel: 0.8,
  temperature: 1,
};

/** Where a step leads, and what it saw on its way; all arrays [rows, D]. */
export interface Stepped {
  readonly x: Float64Array;
  /** The guided prediction that moved it: a velocity. */
  readonly v?: Float64Array;
  readonly predictedData?: Float64Array;
  readonly mean?: Float64Array;
  readonly logVariance?: Float64Array;
}

/** The steps of one run of a rule, taken in order by the one that holds it. */
export interface Chain {
  /** The network's time of each step. */
  readonly times: readonly number[];
  /** The other time of each step, of two-time heads. */
  readonly starts?: readonly number[];
  /** Numbers that describe the run, by name, for the output file. */
  readonly facts?: Readonly<Record<string, HostTensor>>;
  /** Step `index` from x [rows, D] with unit normals z [rows, D] (zeros where the rule takes none). */
  step(index: number, x: Float64Array, z: Float64Array): Promise<Stepped>;
}

/** What a rule asks of a network: its own output at its own times, or the velocity of the straight-line flow. */
export type NetworkKind = 'own' | 'flow';

/** A way to sample that an original system uses. */
export interface Rule {
  readonly title: string;
  /** Steps unless told otherwise. */
  readonly steps: number;
  /** `own` unless given. */
  readonly network?: NetworkKind;
  /** Unit normals [rows, D] that a run of n steps takes; none for deterministic rules. */
  readonly normals?: (steps: number) => number;
  /** What unit normals are multiplied by to be the first state; 1 unless given. */
  readonly startScale?: (settings: Settings) => number;
  readonly start: (problem: Problem, settings: Settings) => Chain;
}

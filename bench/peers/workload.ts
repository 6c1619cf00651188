import type { Engine } from '../../src/engine/graph/program.ts';

/** A piece of work that both sides do. */
export interface Workload {
  readonly name: string;
  /** How far the sides may differ, where ours is rounded; a thousandth unless given. */
  readonly tolerance?: number;
  /** What the other side is told to open. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Writes the weights and inputs of both sides into a file, and opens our side. */
  readonly open: (file: string, engine: Engine) => Promise<OpenWorkload>;
}

/** Our side, ready to be timed. */
export interface OpenWorkload {
  /** Numbers that the other side must get from the same weights and inputs, before the first timed call. */
  readonly check: readonly number[];
  readonly run: () => Promise<unknown>;
  readonly dispose: () => Promise<void>;
}

/** Workloads that are told in one unit. */
export interface Comparison {
  readonly title: string;
  readonly unit: string;
  /** Seconds of a call in this unit. */
  readonly show: (seconds: number) => string;
  readonly workloads: readonly Workload[];
}

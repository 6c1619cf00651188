/** What is simulated: the units of a run, kind by kind, and the cluster that does them. Times in seconds. */
import type { TaskKindName } from '../../ground/pool/executor.ts';

/** A unit, or equal units that a worker does one after the other. */
export interface SimulatedUnit {
  /** The mean of one, on a worker that has begun with the kind before. */
  readonly seconds: number;
  /** The standard deviation of a unit's logarithm: its times are lognormal. */
  readonly spread: number;
  /** How many units it stands for. */
  readonly count: number;
  /** Bytes that one reads before it works, and writes after. */
  readonly reads: number;
  readonly writes: number;
  /** How much work a failed attempt loses at most, where it keeps a checkpoint. */
  readonly keepsEvery?: number;
  /** The place in its stage of the unit whose output it starts from. */
  readonly needs?: number;
}

/** The units of a kind, which begin when those of the stage before are all done. */
export interface SimulatedStage {
  readonly kind: TaskKindName;
  readonly units: readonly SimulatedUnit[];
  /** What the first unit of a worker takes more, and reads: programs, the teacher, shared inputs. */
  readonly start: { readonly seconds: number; readonly reads: number };
  /** What the coordinator does alone before: seconds, and bytes that it reads and hashes. */
  readonly before: { readonly seconds: number; readonly reads: number };
  /** How well the mean time is known: the standard deviation of its logarithm. */
  readonly uncertainty: number;
}

/** What a run consists of. */
export interface Workload {
  readonly stages: readonly SimulatedStage[];
  /** What the coordinator does alone at the end: speed is measured there. */
  readonly afterwards: number;
}

/** Who does it. */
export interface Cluster {
  readonly workers: number;
  /** Failures of a worker in an hour of its life. */
  readonly failures: number;
  /** From a failure until its unit is given to another worker, and until a worker is there again in its place. */
  readonly detection: number;
  readonly restart: number;
  /** What the queue adds to a unit, and how many units it hands out a second. */
  readonly overhead: number;
  readonly queueRate: number;
  /** Bytes a second of the store, for all together. */
  readonly bandwidth: number;
  /** Bytes a second that the coordinator hashes. */
  readonly hashRate: number;
}

/** What is to be known of a stage's simulation. */
export interface StageOutcome {
  readonly kind: TaskKindName;
  /** From the coordinator's part before it to its last unit. */
  readonly seconds: number;
  /** The coordinator's part before it. */
  readonly serial: number;
  /** Work and start-up of all workers, and the part that failures undid. */
  readonly busy: number;
  readonly redone: number;
  readonly retries: number;
  /** Bytes that were read and written, those of the coordinator included. */
  readonly moved: number;
}

/** A simulated run. */
export interface RunOutcome {
  readonly seconds: number;
  readonly stages: readonly StageOutcome[];
}

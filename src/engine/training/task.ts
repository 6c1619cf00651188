/** What a training learns, how, and what it logs. */
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import type { Engine, Precision, TensorSpec } from '../graph/program.ts';
import type { Divergence } from './diverged.ts';
import type { Hidden } from './hidden-matrices.ts';
import type { OptimizerName, OptimizerOptions } from './optimizer.ts';
import type { Course } from './schedule.ts';
import type { Beside, Objective } from './turns.ts';
import type { Look, Validation } from './validation.ts';
import type { Probe, RawError } from './watch.ts';

/** What is learnt: a loss over parameters and a batch. */
export interface TrainingTask extends Objective {
  /** Where training starts: weights, or a function that hands them over, so that nothing but the arena keeps them. */
  readonly parameters: Parameters | (() => Parameters);
  /** Names, shapes and types of a batch's tensors. */
  readonly batchSpecs: Readonly<Record<string, TensorSpec>>;
  /** Weights that are read and not learnt (a teacher's), among the batch's tensors by name. */
  readonly frozen?: Parameters;
  /** The batch of a step: a function of the step alone, so that a resumed run sees the same. */
  readonly batch: (
    step: number,
  ) => Readonly<Record<string, HostTensor>> | Promise<Readonly<Record<string, HostTensor>>>;
  /** Which weights lie between hidden states, for optimizers that move them otherwise; told by their names unless given. */
  readonly hidden?: Hidden;
  /** Whether the targets ask for the moving average of the weights. */
  readonly averaged?: true;
  /** Weights that are learnt in steps of their own, between those of the others. */
  readonly beside?: Beside;
  /** What shows that training diverges, whatever its loss says. */
  readonly probe?: Probe;
  /** What is measured beside the loss, on data that is not learnt from. */
  readonly validation?: Validation;
}

/** One line of the training log; further metrics of the task by name. */
export interface TrainingLog {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly secondsElapsed: number;
  /** What the task's probe measured after this step, where it did. */
  readonly rawError?: number;
  readonly [metric: string]: number;
}

/** In which numbers products may be asked for: `auto` is int8 where a step is faster so. */
export type AskedPrecision = Precision | 'auto';

/** How it is learnt. */
export interface TrainingOptions extends OptimizerOptions, Course, Pick<Divergence, 'name' | 'advice'> {
  /** AdamW unless given. */
  readonly optimizer?: OptimizerName;
  readonly engine: Engine;
  /** Of the products with what is learnt, and of their gradients; float32 unless given. */
  readonly precision?: AskedPrecision;
  /**
   * Whether gradients compute activations again instead of keeping them; not unless given, nor where the engine
   * does not trace. Changes no number.
   */
  readonly recompute?: boolean | undefined;
  /** Whether the state stays where the programs run; on accelerators unless given. */
  readonly resident?: boolean;
  /** The most steps of one call there; 8 unless given. */
  readonly stepsPerCall?: number;
  /** The most elements of a region in one memory; as many as WebAssembly addresses unless given. Changes no number. */
  readonly mostOfMemory?: number;
  /** Checkpoint file; training continues from it when it is there. */
  readonly checkpoint: string;
  readonly checkpointEvery: number;
  /** Steps between log lines; the last step is always logged. */
  readonly logEvery: number;
  /** Steps between looks at the raw error and at what is held out, a multiple of `logEvery`; none unless given. */
  readonly probeEvery?: number;
  /** The raw errors that were logged before the step that training starts at; asked after `onStart`. */
  readonly earlierErrors?: () => readonly RawError[];
  /** The looks at the criterion of what is held out that were logged before; asked after `onStart`. */
  readonly earlierLooks?: () => readonly Look[];
  /** Looks in a row without a new best one after which training ends; never unless given. */
  readonly patience?: number;
  /** Called once with the step that training starts at (0, or that of the checkpoint), before anything is logged. */
  readonly onStart?: (step: number) => void | Promise<void>;
  /** Called where a look is the best until then, with the averaged weights, before a checkpoint goes on from it. */
  readonly onBest?: (average: Parameters, best: Look) => void | Promise<void>;
  readonly onLog?: (line: TrainingLog) => void | Promise<void>;
  /** Called before a checkpoint is written: what it goes on from must be on the disk first. */
  readonly onCheckpoint?: () => void | Promise<void>;
  readonly signal?: AbortSignal;
}

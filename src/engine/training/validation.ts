/**
 * What is measured of a training on data that it does not learn from, now and then and always on the same: which weights
 * are the best, and whether they still get better.
 */
import type * as tf from '@tensorflow/tfjs';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { compile } from '../compile.ts';
import type { Engine, NamedTensors, Program, TensorSpec } from '../graph/program.ts';
import type { Layout } from './arena.ts';
import type { TrainingState } from './optimizer.ts';
import { prefixed, unprefixed } from './prefix.ts';
import { weightFeeds, weightSpecs } from './weights.ts';

/** A scalar of batches that never change. */
export interface Measure {
  readonly batchSpecs: Readonly<Record<string, TensorSpec>>;
  /** Weights that are read and not learnt, among the batch's tensors by name. */
  readonly frozen?: Parameters;
  /** The batches, each under the name that its scalar is logged under; asked for once. */
  readonly batches: () => Promise<Readonly<Record<string, Readonly<Record<string, HostTensor>>>>>;
  /** The scalar, of the weights as they are and of their moving average. */
  readonly value: (parameters: NamedTensors, batch: NamedTensors, average: NamedTensors) => tf.Tensor;
}

/** What is measured, and the value that is least where the averaged weights are best. */
export interface Validation {
  readonly measures: readonly Measure[];
  readonly criterion: string;
}

/** The value of the criterion after a step. */
export interface Look {
  readonly step: number;
  readonly value: number;
}

/** The first of the best looks, in order of their steps, and how many have come since. */
export function standing(looks: readonly Look[]): { readonly best?: Look; readonly since: number } {
  const [first] = looks;
  if (first === undefined) return { since: 0 };
  const best = looks.reduce((least, each) => (each.value < least.value ? each : least), first);
  return { best, since: looks.length - 1 - looks.indexOf(best) };
}

/** An open validation of weights in their place. */
export interface OpenValidation {
  /** Measures after a step. */
  readonly look: (step: number) => Promise<Readonly<Record<string, number>>>;
  /** Takes looks in that came before. */
  readonly recall: (earlier: readonly Look[]) => void;
  /** What all looks until now tell. */
  readonly standing: () => ReturnType<typeof standing>;
  readonly dispose: () => Promise<void>;
}

/** A measure's program with what it is given, by the name of its scalar. */
interface OpenMeasure {
  readonly program: Program;
  readonly feeds: readonly (readonly [name: string, batch: Readonly<Record<string, HostTensor>>])[];
}

/** Opens a validation of the weights of an arena. */
export async function openValidation(
  { measures, criterion }: Validation,
  layout: Layout,
  state: TrainingState,
  engine: Engine,
): Promise<OpenValidation> {
  const weights = weightFeeds({ averaged: true }, layout, state);
  const opened: OpenMeasure[] = [];
  const dispose = async (): Promise<void> => {
    for (const { program } of opened) await program.dispose();
  };
  try {
    for (const { batchSpecs, frozen = {}, batches, value } of measures) {
      const feeds = Object.entries(await batches());
      const program = await compile(
        (inputs) => {
          const [parameters, average] = [unprefixed('parameter', inputs), unprefixed('average', inputs)];
          return { value: value(parameters, unprefixed('batch', inputs), average) };
        },
        { ...weightSpecs({ averaged: true }, layout), ...prefixed('batch', batchSpecs) },
        { engine, constants: prefixed('batch', frozen) },
      );
      opened.push({
        program,
        feeds: feeds.map(([name, batch]) => [name, { ...weights, ...prefixed('batch', batch) }]),
      });
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  const looks: Look[] = [];
  return {
    look: async (step) => {
      const found: Record<string, number> = {};
      for (const { program, feeds } of opened)
        for (const [name, batch] of feeds) found[name] = (await program.run(batch)).value?.data[0] ?? Number.NaN;
      looks.push({ step, value: found[criterion] ?? Number.NaN });
      return found;
    },
    recall: (earlier) => void looks.push(...earlier),
    standing: () => standing(looks),
    dispose,
  };
}

/** What it is worth to compute the steps of an exported sampler together. */

import { studentFromScratch } from '../src/distillation/student/network.ts';
import { samplerProgram } from '../src/distillation/student/program.ts';
import { traceGraph } from '../src/engine/compile.ts';
import { optimize } from '../src/engine/graph/optimize.ts';
import type { Engine, Program } from '../src/engine/graph/program.ts';
import { encodeLowered } from '../src/engine/onnx/encode.ts';
import { lowerGraph } from '../src/engine/onnx/lower-graph.ts';
import { quantizeProducts } from '../src/engine/onnx/quantize.ts';
import { openSession } from '../src/engine/onnx/session.ts';
import type { HeadConfig } from '../src/heads/network/config.ts';
import { randomFeeds } from './training-step.ts';

/** A form of the sampler at one batch size. */
export interface UnrolledTime {
  readonly form: 'float32' | 'int8';
  readonly batch: number;
  /** p50 of a call of all steps in milliseconds, steps one by one and together. */
  readonly apart: number;
  readonly together: number;
}

const passes = ['constantRows', 'stepsTogether'];
const dialect = { opset: 17, vendor: false } as const;

/** Times both, call after call in turns. */
export async function timeUnrolled(
  config: HeadConfig,
  steps: number,
  batches: readonly number[],
  engine: Engine,
): Promise<UnrolledTime[]> {
  const constants = studentFromScratch(config, 1);
  const { fn, specs, outputs } = samplerProgram({ config, sampler: 'flow-map' }, steps);
  const graph = traceGraph(fn, specs, constants);
  const open = (without: readonly string[], form: UnrolledTime['form']): Promise<Program> => {
    const lowered = lowerGraph(optimize(graph, 'export', without), dialect);
    const rounded = form === 'int8' ? { ...lowered, ...quantizeProducts(lowered, { form: 'standard' }) } : lowered;
    return openSession(encodeLowered(rounded), { inputs: specs, outputs }, engine);
  };
  const times: UnrolledTime[] = [];
  for (const form of ['float32', 'int8'] as const) {
    const programs = [await open(passes, form), await open([], form)] as const;
    for (const batch of batches) {
      const sized = Object.entries(specs).map(
        ([name, { shape }]) => [name, { shape: shape.map((size) => (size === 'batch' ? batch : size)) }] as const,
      );
      const [apart, together] = await medians(programs, randomFeeds(Object.fromEntries(sized)), batch < 64 ? 200 : 8);
      times.push({ form, batch, apart, together });
    }
    for (const program of programs) await program.dispose();
  }
  return times;
}

async function medians(
  [first, second]: readonly [Program, Program],
  feeds: Parameters<Program['run']>[0],
  calls: number,
): Promise<[number, number]> {
  const timesOf = async (program: Program): Promise<number> => {
    const start = performance.now();
    await program.run(feeds);
    return performance.now() - start;
  };
  const [one, two]: [number[], number[]] = [[], []];
  for (let call = 0; call < calls; call++) {
    one.push(await timesOf(first));
    two.push(await timesOf(second));
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
  return [median(one), median(two)];
}

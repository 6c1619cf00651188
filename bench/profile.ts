import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { traceGraph } from '../src/engine/compile.ts';
import { optimize } from '../src/engine/graph/optimize.ts';
import type { Engine } from '../src/engine/graph/program.ts';
import { encode } from '../src/engine/onnx/encode.ts';
import * as ort from '../src/engine/onnx/runtime.ts';
import { randomFeeds, trainingStep, type Workload } from './training-step.ts';

/** What the nodes of one operator on inputs of one shape take of a run. */
export interface OperatorCost {
  readonly operator: string;
  /** Shapes of the inputs. */
  readonly shapes: string;
  readonly nodes: number;
  readonly seconds: number;
}

/** A training step by its operators, the dearest first, and the wall time of a run: what the nodes do not take is around them. */
export interface Profile {
  readonly operators: readonly OperatorCost[];
  readonly seconds: number;
}

/** An event of onnxruntime's profile. */
interface ProfiledEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string; readonly input_type_shape?: readonly Record<string, number[]>[] };
}

const RUNS = 10;
const WARM_UP = 3;

/** Profiles a training step by onnxruntime: the mean of several runs. */
export async function profileTrainingStep(workload: Workload, { threads }: Engine): Promise<Profile> {
  const { fn, specs } = trainingStep(workload);
  const model = encode(optimize(traceGraph(fn, specs), 'cpu'), { opset: 21, vendor: true, inPlace: false });
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-profile-'));
  try {
    const session = await ort.InferenceSession.create(model, {
      ...{ intraOpNumThreads: threads, graphOptimizationLevel: 'all', logSeverityLevel: 3 },
      ...{ enableProfiling: true, profileFilePrefix: join(folder, 'profile') },
    });
    const feeds = Object.fromEntries(
      Object.entries(randomFeeds(specs)).map(([name, { shape, data }]) => [
        name,
        new ort.Tensor('float32', data as Float32Array, [...shape]),
      ]),
    );
    for (let run = 0; run < WARM_UP + RUNS; run++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file = ''] = await readdir(folder);
    return profileOf(JSON.parse(await readFile(join(folder, file), 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sums the nodes of a profile by operator and shapes of inputs, a run; runs that warm up are left out. */
export function profileOf(events: readonly ProfiledEvent[]): Profile {
  const nodes = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  const runs = events.filter(({ name }) => name === 'model_run');
  const warm = (WARM_UP * nodes.length) / runs.length;
  const measured = runs.length - WARM_UP;
  const costs = new Map<string, OperatorCost>();
  for (const { args, dur } of nodes.slice(warm)) {
    const shapes = (args?.input_type_shape ?? []).map((input) => Object.values(input).flat().join('×')).join(' ');
    const operator = args?.op_name ?? '';
    const { nodes: count, seconds } = costs.get(`${operator} ${shapes}`) ?? { nodes: 0, seconds: 0 };
    const cost = { operator, shapes, nodes: count + 1 / measured, seconds: seconds + dur / 1e6 / measured };
    costs.set(`${operator} ${shapes}`, cost);
  }
  return {
    operators: [...costs.values()].sort((a, b) => b.seconds - a.seconds),
    seconds: runs.slice(WARM_UP).reduce((sum, { dur }) => sum + dur, 0) / 1e6 / measured,
  };
}

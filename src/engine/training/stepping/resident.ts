/**
 * Steps on the device: the state stays where the programs run and the optimizer is part of them; batches go there, scalars
 * come back. Where the provider cannot leave results on the device (cuda, by onnxruntime-node), the state crosses with each
 * call, so that a call takes several steps.
 */
import type { HostTensor } from '../../../ground/host-tensor.ts';
import { compileResident } from '../../compile.ts';
import { named } from '../../graph/named.ts';
import { type ResidentProgram, ResidentTensors } from '../../onnx/resident.ts';
import { views } from '../arena.ts';
import { ratesAt } from '../optimizer.ts';
import { prefixed, unprefixed } from '../prefix.ts';
import { scheduledRate } from '../schedule.ts';
import { partsOf, scalars } from '../step.ts';
import { turnAt, turnsOf } from '../turns.ts';
import type { Moving } from './in-graph.ts';
import { ofStep, residentSteps, stateSpecs } from './resident-step.ts';
import type { Placed, SettledOptions, Stepping, Taken } from './stepping.ts';

/** The most steps of one call: a call costs a round trip, and steps beyond these cost more of a program's making than they save. */
const MOST_STEPS = 8;

/** Opens steps on a device; one at a time where weights are learnt in turns or activations computed again. */
export async function openResidentStepping(placed: Placed, options: SettledOptions): Promise<Stepping> {
  const { task, layout, optimizer } = placed;
  const { parameters: parameter, mean, variance, average } = optimizer.state;
  const places = Object.entries({ parameter, mean, variance, average } satisfies Record<keyof Moving, unknown>).flatMap(
    ([part, region]) => Object.entries(prefixed(part, views(layout, region))),
  );
  const tensors = new ResidentTensors();
  for (const [name, tensor] of places) tensors.put(name, tensor);
  const landing = await openLanding(placed, options);
  const most = task.beside || options.recompute ? 1 : stepsTogether(options);
  const turns = turnsOf(task, layout);
  const programs = new Map<string, ResidentProgram>();
  const programOf = async (turn: 'own' | 'beside', count: number): Promise<ResidentProgram> => {
    const key = `${turn} ${count}`;
    const known = programs.get(key);
    if (known !== undefined) return known;
    const { fn, specs, constants } = residentSteps(placed, turns[turn] ?? turns.own, count, options);
    const program = await compileResident(fn, specs, {
      engine: options.engine,
      constants,
      recomputed: options.recompute ? partsOf(task, `${ofStep(0)}/`) : undefined,
    });
    programs.set(key, program);
    return program;
  };
  const feedsOf = async (step: number, before: number) => {
    const rates = {
      ...ratesAt(options, before, scheduledRate(options, step)),
      learningRate: scheduledRate(options, step),
    };
    return { ...prefixed('batch', await task.batch(step)), ...prefixed('rate', scalarsOf(rates)) };
  };
  return {
    advance: async (from, until) => {
      const { turn, before } = turnAt(from, task.beside?.updates ?? 0);
      const count = until - from >= most ? most : 1;
      const program = await programOf(turn, count);
      const feeds: Record<string, HostTensor> = {};
      for (let index = 0; index < count; index++)
        Object.assign(feeds, prefixed(ofStep(index), await feedsOf(from + index, before + index)));
      const outputs = await program.run(feeds, tensors);
      return Array.from({ length: count }, (_, index): Taken => {
        const own = unprefixed(ofStep(index), outputs);
        const norm = own.norm?.data[0] ?? Number.NaN;
        return { values: scalars(own), norm, learningRate: scheduledRate(options, from + index) };
      });
    },
    land: async () => {
      const found = await landing.run({}, tensors);
      for (const [name, { data }] of places) data.set(named(found, `landed/${name}`).data);
    },
    dispose: async () => {
      tensors.dispose();
      await landing.dispose();
      for (const program of programs.values()) await program.dispose();
    },
  };
}

/** A program that gives the state to ordinary memory: onnxruntime-node cannot read a tensor on the device by itself. */
function openLanding({ layout }: Placed, { engine }: SettledOptions): Promise<ResidentProgram> {
  return compileResident((state) => prefixed('landed', state), stateSpecs(layout), { engine });
}

/** How many steps a call takes: the most that divide the steps between lines of the log and between checkpoints. */
function stepsTogether({ logEvery, checkpointEvery, stepsPerCall = MOST_STEPS }: SettledOptions): number {
  for (let count = stepsPerCall; count > 1; count--)
    if (logEvery % count === 0 && checkpointEvery % count === 0) return count;
  return 1;
}

const scalarsOf = (numbers: Readonly<Record<string, number>>): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, { shape: [], data: Float32Array.of(value) }]),
  );

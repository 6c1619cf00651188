import * as tf from '@tensorflow/tfjs';
import { compile } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine, NamedTensors, Program, TensorSpec } from '../../engine/graph/program.ts';
import { UsageError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import type { Context } from '../../heads/flow.ts';
import { joined } from '../../heads/original/rows.ts';
import type { Student } from '../student/file.ts';
import { meanVelocity } from '../student/network.ts';
import { renoises, samplers } from '../student/sampler.ts';
import { toldOf } from '../student/told.ts';
import type { Outputs } from './applied-head.ts';
import type { Inputs } from './inputs.ts';
import type { ApplySettings } from './settings.ts';

type Feeds = Readonly<Record<string, HostTensor<Float32Array>>>;

/** A student's mean velocity `u` at x, from s to t, and the state `x_next` [R, D] that its sampler moves to. */
export async function applyStudent(
  student: Student,
  inputs: Inputs,
  options: ApplySettings,
  engine: Engine,
): Promise<Outputs> {
  const x = inputs.read('x', ['rows', student.config.token]);
  const rows = x.shape[0] ?? 0;
  const time = (name: string): HostTensor<Float32Array> => ({
    shape: [rows],
    data: inputs.read(name, [rows], [rows, 1]).data,
  });
  const program = await moveProgram(student, engine);
  const fresh = renoises(student.sampler) ? { z: inputs.read('z', [rows, student.config.token]) } : {};
  const told = readContext(student, inputs, options, rows);
  return program.run({ x, s: time('s'), t: time('t'), ...told, ...fresh }).finally(() => program.dispose());
}

/** Noise to data in equal steps of a student: outputs `x` [n + 1, R, D], `t` [n + 1] and the noises that were drawn. */
export async function applyStudentTrajectory(
  student: Student,
  inputs: Inputs,
  options: ApplySettings,
  engine: Engine,
): Promise<Outputs> {
  const { token } = student.config;
  const steps = options.steps;
  if (steps === undefined)
    throw new UsageError('a student samples in as many steps as it is told: expected --steps <n>');
  const noise = inputs.read(inputs.has('noise') ? 'noise' : 'x', ['rows', token]);
  const rows = noise.shape[0] ?? 0;
  const fresh = renoises(student.sampler) ? freshNoise(inputs, options, [steps - 1, rows, token]) : undefined;
  const told = readContext(student, inputs, options, rows);
  const program = await moveProgram(student, engine);
  const times = Float32Array.from({ length: steps + 1 }, (_, i) => i / steps);
  const at = (i: number): HostTensor<Float32Array> => ({
    shape: [rows],
    data: new Float32Array(rows).fill(times[i] ?? 1),
  });
  const states = [noise.data];
  try {
    for (let i = 0; i < steps; i++) {
      const x = { shape: [rows, token], data: states[i] ?? noise.data };
      const z = fresh && { z: { shape: x.shape, data: partOf(fresh.data, i, rows * token) } };
      const { x_next } = await program.run({ x, s: at(i), t: at(i + 1), ...told, ...z });
      states.push(x_next?.data as Float32Array<ArrayBuffer>);
    }
  } finally {
    await program.dispose();
  }
  const x = { shape: [steps + 1, rows, token], data: joined(states) };
  return { x, t: { shape: [steps + 1], data: times }, ...(fresh && !inputs.has('z') && { z: fresh }) };
}

/** The part of move i; the last move ends at data and takes none. */
const partOf = (all: Float32Array, i: number, size: number): Float32Array => {
  const part = all.slice(i * size, (i + 1) * size);
  return part.length === size ? part : new Float32Array(size);
};

function freshNoise(inputs: Inputs, { seed }: ApplySettings, shape: readonly number[]): HostTensor<Float32Array> {
  if (inputs.has('z')) return inputs.read('z', shape);
  return { shape, data: stream('apply', seed, 'z').normal(shape.reduce((product, size) => product * size, 1)) };
}

/**
 * What a student is told, a row a state: `c`; unless guidance is in its weights `c_uncond` and `w`; of three-way guided
 * ones `c_image` and `w_image`.
 */
function readContext({ config }: Student, inputs: Inputs, options: ApplySettings, rows: number): Feeds {
  const hidden = (name: string) => inputs.read(name, [rows, config.condition]);
  const unguided = options.guidance === undefined && !inputs.has('w');
  const alone = toldOf(config) === 'alone';
  if (alone && options.guidance !== undefined)
    throw new UsageError('--guidance: expected none, this student has it in its weights');
  const untold = alone || (config.guidance === 'condition' && unguided) ? 'c' : 'c_uncond';
  const scale = (name: string, given: number | undefined): HostTensor<Float32Array> => {
    const usual = { shape: [rows], data: new Float32Array(rows).fill(given ?? 1) };
    return given === undefined && inputs.has(name) ? inputs.read(name, [rows], [rows, 1]) : usual;
  };
  const flat = ({ data }: HostTensor<Float32Array>) => ({ shape: [rows], data });
  return {
    ...{ c: hidden('c'), c_uncond: hidden(untold), w: flat(scale('w', options.guidance)) },
    ...(toldOf(config) === 'three-way' && {
      c_image: hidden('c_image'),
      w_image: flat(scale('w_image', options.guidanceImage)),
    }),
  };
}

/** A student's mean velocity and its sampler's move as one program. */
function moveProgram({ parameters, config, sampler }: Student, engine: Engine): Promise<Program> {
  const threeWay = toldOf(config) === 'three-way';
  const state: TensorSpec = { shape: ['batch', config.token] };
  const hidden: TensorSpec = { shape: ['batch', config.condition] };
  const scalar: TensorSpec = { shape: ['batch'] };
  const specs = {
    ...{ x: state, s: scalar, t: scalar, c: hidden, c_uncond: hidden, w: scalar },
    ...(threeWay && { c_image: hidden, w_image: scalar }),
    ...(renoises(sampler) && { z: state }),
  };
  const fn = (all: NamedTensors): NamedTensors => {
    const context: Context = {
      ...{ conditional: named(all, 'c'), unconditional: named(all, 'c_uncond'), w: named(all, 'w') },
      ...(threeWay && { imageOnly: named(all, 'c_image'), wImage: named(all, 'w_image') }),
    };
    const u = meanVelocity(all, config, context);
    const row = (name: string): tf.Tensor => tf.expandDims(named(all, name), 1);
    const [x, s, t] = [row('x'), named(all, 's'), named(all, 't')];
    const next = samplers[sampler](u)(x, s, t, row(renoises(sampler) ? 'z' : 'x'));
    return { u: tf.squeeze(u(x, s, t), [1]), x_next: tf.squeeze(next, [1]) };
  };
  return compile(fn, specs, { engine, constants: parameters });
}

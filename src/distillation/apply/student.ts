import { compile } from '../../engine/compile.ts';
import type { Engine, NamedTensors, Program } from '../../engine/graph/program.ts';
import { UsageError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { type ContextKey, contextParts, hearingOf, partsOf } from '../../heads/context.ts';
import { joined } from '../../heads/original/rows.ts';
import type { Student } from '../student/file.ts';
import { noiseScalesOf } from '../student/noise-scales.ts';
import { jumpProgram, slopeProgram } from '../student/program.ts';
import { samplers } from '../student/sampler/table.ts';
import { stepTimes } from '../student/times.ts';
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
  const { renoises } = samplers[student.sampler];
  const fresh = renoises ? { fresh_noise: inputs.read('z', [rows, student.config.token]) } : {};
  const context = readContext(student, inputs, options, rows);
  return program.run({ x, s: time('s'), t: time('t'), ...context, ...fresh }).finally(() => program.dispose());
}

/**
 * Noise to data in the steps of a student, at its own times or equal ones: outputs `x` [n + 1, R, D], `t` [n + 1] and the
 * noises that were drawn.
 */
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
  const { renoises } = samplers[student.sampler];
  const fresh = renoises ? freshNoise(inputs, options, [steps - 1, rows, token]) : undefined;
  const context = readContext(student, inputs, options, rows);
  const program = await moveProgram(student, engine);
  const times = stepTimes(student, steps);
  const scales = noiseScalesOf(student, steps);
  const scaled = (data: Float32Array, place: number): Float32Array =>
    scales ? data.map((value) => value * (scales[place] ?? 1)) : data;
  const at = (i: number): HostTensor<Float32Array> => ({
    shape: [rows],
    data: new Float32Array(rows).fill(times[i] ?? 1),
  });
  const states = [scaled(noise.data, 0)];
  try {
    for (let i = 0; i < steps; i++) {
      const x = { shape: [rows, token], data: states[i] ?? noise.data };
      const z = fresh && { fresh_noise: { shape: x.shape, data: scaled(partOf(fresh.data, i, rows * token), i + 1) } };
      const { x_next } = await program.run({ x, s: at(i), t: at(i + 1), ...context, ...z });
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
 * What a student hears, a row a state, by the inputs of its programs: of the file's tensors `c`; unless guidance is in
 * its weights `c_uncond` and `w`; of three-way guided ones `c_image` and `w_image`.
 */
function readContext({ config }: Student, inputs: Inputs, options: ApplySettings, rows: number): Feeds {
  const hearing = hearingOf(config);
  if (hearing === 'alone' && options.guidance !== undefined)
    throw new UsageError('--guidance: expected none, this student has it in its weights');
  const given: Readonly<Record<string, number | undefined>> = { w: options.guidance, wImage: options.guidanceImage };
  const unguided = options.guidance === undefined && !inputs.has('w');
  const state = (key: ContextKey): HostTensor<Float32Array> => {
    const { absent } = contextParts[key];
    const same = config.guidance === 'condition' && unguided && typeof absent === 'string';
    return inputs.read(contextParts[same ? absent : key].applied, [rows, config.condition]);
  };
  const scale = (key: ContextKey): HostTensor<Float32Array> => {
    const { applied, absent } = contextParts[key];
    const read = given[key] === undefined && inputs.has(applied);
    const usual = new Float32Array(rows).fill(given[key] ?? Number(absent));
    return { shape: [rows], data: read ? inputs.read(applied, [rows], [rows, 1]).data : usual };
  };
  const part = { state, scale };
  return Object.fromEntries(
    partsOf(hearing).map((key) => [contextParts[key].input, part[contextParts[key].kind](key)]),
  );
}

/** A student's mean velocity `u` and its sampler's move `x_next` as one program. */
function moveProgram(student: Student, engine: Engine): Promise<Program> {
  const [slope, jump] = [slopeProgram(student), jumpProgram(student)];
  const fn = (inputs: NamedTensors): NamedTensors => ({ ...slope.fn(inputs), ...jump.fn(inputs) });
  return compile(fn, jump.specs, { engine, constants: student.parameters });
}

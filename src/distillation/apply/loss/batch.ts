import { DataError } from '../../../ground/errors.ts';
import type { HostTensor, Parameters } from '../../../ground/host-tensor.ts';
import type { Loss, TimeUnit } from '../../../heads/loss/loss.ts';
import type { HeadConfig } from '../../../heads/network/config.ts';
import { trainedSteps } from '../../../heads/network/ddpm-process.ts';
import type { Inputs } from '../inputs.ts';

/** What a loss reads of the inputs: parameters beside the head's own, and the batch. */
export interface LossInputs {
  /** `c` [B, H] and what a loss trains along. */
  readonly parameters: Parameters;
  /** `target` and `noise` [B, 1, D], times [B] and, where there is one, `mask` [B]; or what the loss reads itself. */
  readonly batch: Readonly<Record<string, HostTensor<Float32Array>>>;
}

/** Reads and checks it. Throws DataError. */
export function readLossInputs(loss: Loss, config: HeadConfig, inputs: Inputs): LossInputs {
  if (loss.reads !== undefined) return readOwn(loss, loss.reads(config), config, inputs);
  const { times, along = {} } = loss;
  const { token, condition } = config;
  const target = inputs.read('target', ['rows', token]);
  const rows = target.shape[0] ?? 0;
  const drawn = ({ data }: HostTensor<Float32Array>) => ({ shape: [rows, 1, token], data });
  const column = (name: string): HostTensor<Float32Array> => ({
    shape: [rows],
    data: inputs.read(name, [rows], [rows, 1]).data,
  });
  const timed = Object.entries(times).map(
    ([name, unit]) => [name, inUnit(inputs.place(name), column(name), unit)] as const,
  );
  return {
    parameters: { c: inputs.read('c', [rows, condition]), ...readAll(inputs, along) },
    batch: {
      ...{ target: drawn(target), noise: drawn(inputs.read('noise', [rows, token])) },
      ...Object.fromEntries(timed),
      ...(inputs.has('mask') && { mask: counting(inputs.place('mask'), column('mask')) }),
    },
  };
}

/** What a loss reads itself: `c` and its batch. */
function readOwn(
  { along = {}, least = {} }: Loss,
  shapes: ReturnType<NonNullable<Loss['reads']>>,
  { condition }: HeadConfig,
  inputs: Inputs,
): LossInputs {
  const c = inputs.read('c', ['rows', condition]);
  const read = (name: string, shape: readonly (number | string)[]): HostTensor<Float32Array> => {
    const sizes = shape.map((size) => (size === 'rows' ? (c.shape[0] ?? 0) : size));
    const found = inputs.read(name, sizes);
    for (const [axis, word] of shape.entries()) {
      const size = found.shape[axis] ?? 0;
      if (size < (least[word] ?? 0))
        throw new DataError(`${inputs.place(name)}: expected ${least[word]} ${word} or more, got ${size}`);
    }
    return found;
  };
  const batch = Object.entries(shapes).map(([name, shape]) => [name, read(name, shape)] as const);
  return { parameters: { c, ...readAll(inputs, along) }, batch: Object.fromEntries(batch) };
}

/** Whether the inputs hold what a loss needs beyond what all do. */
export const isGiven = ({ times, along }: Loss, inputs: Inputs): boolean =>
  Object.keys(times).every((name) => inputs.has(name)) &&
  (along === undefined || Object.keys(along).some((name) => inputs.has(name)));

const readAll = (inputs: Inputs, shapes: NonNullable<Loss['along']>): Parameters =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, inputs.read(name, shape)]));

const units: Readonly<Record<TimeUnit, { readonly expected: string; readonly fits: (time: number) => boolean }>> = {
  unit: { expected: 'times from 0 (noise) to 1 (data)', fits: (time) => time >= 0 && time <= 1 },
  step: {
    expected: `whole steps from 0 (almost clean) to ${trainedSteps - 1}`,
    fits: (time) => Number.isInteger(time) && time >= 0 && time < trainedSteps,
  },
};

function inUnit(place: string, times: HostTensor<Float32Array>, unit: TimeUnit): HostTensor<Float32Array> {
  const { expected, fits } = units[unit];
  const bad = times.data.findIndex((time) => !fits(time));
  if (bad < 0) return times;
  throw new DataError(`${place}: expected ${expected}, got ${times.data[bad]} at element ${bad}`);
}

function counting(place: string, mask: HostTensor<Float32Array>): HostTensor<Float32Array> {
  const bad = mask.data.findIndex((value) => value !== 0 && value !== 1);
  if (bad >= 0) throw new DataError(`${place}: expected 0 and 1, got ${mask.data[bad]} at element ${bad}`);
  if (!mask.data.includes(1)) throw new DataError(`${place}: expected a row that counts, got only 0`);
  return mask;
}

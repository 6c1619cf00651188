import { DataError, UsageError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { enteringWidth } from '../../heads/velocity.ts';
import type { AppliedHead } from './applied-head.ts';
import type { Inputs } from './inputs.ts';
import { type ApplySettings, guidanceScales, scalarNames } from './settings.ts';

/** A head with what it is applied to. */
interface Application<Request extends ApplySettings> {
  readonly head: AppliedHead;
  readonly inputs: Inputs;
  readonly request: Request;
}

/**
 * Of a head that is guided inside: its hidden states `c` (and `c_uncond`, or `c` in two groups) and its scale, `w` [R] or the
 * one that is told, as the one condition `c` that all that is applied calls it with; nothing is guided then. Other heads as they
 * come. Throws UsageError where no scale is told, DataError where a tensor is of another shape.
 */
export function entering<Request extends ApplySettings>(all: Application<Request>): Application<Request> {
  const { head, inputs, request } = all;
  const { guidance, condition } = head.config;
  if (guidance !== 'inside' && guidance !== 'scale') return all;
  const states = statesOf(inputs, condition, guidance);
  const rows = states[0]?.shape[0] ?? 0;
  const scales = scalesOf(inputs, request, rows);
  const width = enteringWidth(head.config);
  const data = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (const [place, state] of states.entries())
      data.set(state.data.subarray(row * condition, (row + 1) * condition), row * width + place * condition);
    data[(row + 1) * width - 1] = scales[row] ?? 1;
  }
  const c = { shape: [rows, width], data };
  return {
    head: { ...head, config: { ...head.config, condition: width } },
    inputs: withCondition(inputs, c),
    request: { ...request, guidance: 1 },
  };
}

/** The hidden states [R, H] that the head takes. */
function statesOf(inputs: Inputs, condition: number, guidance: 'inside' | 'scale'): HostTensor<Float32Array>[] {
  const c = inputs.read('c', ['rows', condition]);
  if (guidance === 'scale') return [c];
  const count = c.shape[0] ?? 0;
  if (inputs.has('c_uncond')) return [c, inputs.read('c_uncond', [count, condition])];
  if (count % 2 !== 0)
    throw new DataError(
      `${inputs.place('c')}: expected two groups of as many rows, or c_uncond beside it, got ${count}`,
    );
  const group = (from: number) => ({
    shape: [count / 2, condition],
    data: c.data.subarray(from * condition, (from + count / 2) * condition),
  });
  return [group(0), group(count / 2)];
}

function scalesOf(inputs: Inputs, request: ApplySettings, rows: number): Float32Array {
  const [told] = guidanceScales(request, inputs);
  if (told !== undefined) return new Float32Array(rows).fill(told);
  if (inputs.has('w')) return inputs.read('w', [rows], [rows, 1]).data;
  throw new UsageError('this head takes a guidance scale: expected --guidance <scale>, or a tensor w a row a token');
}

/** The inputs with another `c`, and no scale beside it. */
function withCondition(inputs: Inputs, c: HostTensor<Float32Array>): Inputs {
  const scales: readonly string[] = scalarNames.guidance;
  return {
    ...inputs,
    has: (name) => name === 'c' || (name !== 'c_cond' && inputs.has(name)),
    read: (name, ...shapes) => (name === 'c' ? c : inputs.read(name, ...shapes)),
    scalar: (...names) => inputs.scalar(...names.filter((name) => !scales.includes(name))),
  };
}

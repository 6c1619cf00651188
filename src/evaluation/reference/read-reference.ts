import { DataError } from '../../ground/errors.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import type { SafetensorsFile } from '../../ground/file/safetensors-file.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { HostContext } from '../../heads/context.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { Draws } from '../statistics/draws.ts';

/** E contexts, H condition and D token dimensions, S draws a context. */
export interface ReferenceSizes {
  readonly contexts: number;
  readonly condition: number;
  readonly draws: number;
  readonly token: number;
}

/** Where a teacher's paths end, known without a student: contexts, the noise that paths start from, two sets of ends. */
export interface EndpointReference extends ReferenceSizes {
  readonly path: string;
  readonly context: HostContext;
  /** The noise [E, S, D] that `ends` and all that is measured start from. */
  readonly noise: Draws;
  /** The ends of that noise [E, S, D]. */
  readonly ends: Draws;
  /** Ends of other noise [E, S, D]: distances are to these, so that what shares the noise is not flattered. */
  readonly otherEnds: Draws;
}

/**
 * Reads a reference from a safetensors file: `h` [E, H], `w` [E], `x0`, `x1`, `x1_b` [E, S, D] with at least two draws,
 * and `h_uncond` [E, H], zeros where absent; other tensors are left alone. Throws FileError, or DataError where a tensor
 * is missing, misshapen or not finite.
 */
export async function readReference(path: string): Promise<EndpointReference> {
  const file = await openSafetensors(path);
  try {
    const sizes = checkedSizes(path, file.header);
    const tensors = await readFinite(path, file);
    const { contexts, condition } = sizes;
    return {
      path,
      ...sizes,
      context: {
        conditional: tensors.h,
        unconditional: tensors.h_uncond ?? zeros([contexts, condition]),
        w: tensors.w,
      },
      noise: tensors.x0,
      ends: tensors.x1,
      otherEnds: tensors.x1_b,
    };
  } finally {
    await file.close();
  }
}

type TensorName = 'h' | 'w' | 'x0' | 'x1' | 'x1_b';
type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

const names: readonly TensorName[] = ['h', 'w', 'x0', 'x1', 'x1_b'];
const uncond = 'h_uncond';

/** The sizes, from `h` and `x0`; every shape is held to them. */
function checkedSizes(path: string, header: Shapes): ReferenceSizes {
  const shapeOf = (name: string): readonly number[] => header.get(name)?.shape ?? [];
  const [contexts = 0, condition = 0] = shapeOf('h');
  const [, draws = 0, token = 0] = shapeOf('x0');
  const check = (
    name: string,
    expected: readonly (number | string)[],
    right: (shape: readonly number[]) => boolean,
  ) => {
    const shape = header.get(name)?.shape;
    if (shape !== undefined && shape.length === expected.length && right(shape)) return;
    const got =
      shape === undefined ? `none among ${[...header.keys()].slice(0, 12).join(', ')}` : `[${shape.join(', ')}]`;
    throw new DataError(`${path}: tensor ${name}: expected shape [${expected.join(', ')}], got ${got}`);
  };
  const same = (name: string, expected: readonly number[]): void =>
    check(name, expected, (shape) => shape.every((size, axis) => size === expected[axis]));
  check('h', ['E', 'H'], (shape) => shape.every((size) => size > 0));
  check('x0', [contexts, 'S ≥ 2', 'D'], ([rows, many = 0, wide = 0]) => rows === contexts && many > 1 && wide > 0);
  same('w', [contexts]);
  for (const name of ['x1', 'x1_b'] as const) same(name, [contexts, draws, token]);
  if (header.has(uncond)) same(uncond, [contexts, condition]);
  return { contexts, condition, draws, token };
}

async function readFinite(path: string, file: SafetensorsFile) {
  const wanted = file.header.has(uncond) ? [...names, uncond] : names;
  const tensors = await file.readFloats(wanted);
  for (const [name, { data }] of Object.entries(tensors)) checkFinite(data, `${path}: tensor ${name}`);
  return tensors as Record<TensorName, HostTensor<Float32Array>> & { readonly [uncond]?: HostTensor<Float32Array> };
}

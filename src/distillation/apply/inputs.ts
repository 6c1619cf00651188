import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { readNpy } from '../../ground/file/npy.ts';
import { readSafetensors } from '../../ground/file/safetensors.ts';
import { shortened } from '../../ground/file/visible.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';

/** A shape that a tensor must have; a name stands for any size, and for the same size wherever it is given again. */
export type Expected = readonly (number | string)[];

/** The tensors that a head is applied to, by the goldens' names. All reads throw DataError. */
export interface Inputs {
  /** Whether there is one of this name, in the group or beside all groups. */
  has(name: string): boolean;
  /** Whether the group itself has one. */
  owns(name: string): boolean;
  /** The tensor of this name, finite and of one of the shapes. */
  read(name: string, ...shapes: readonly Expected[]): HostTensor<Float32Array>;
  /** Where the tensor of this name stands, for errors. */
  place(name: string): string;
  /** The number of the first of these names that is there. */
  scalar(...names: readonly string[]): number | undefined;
}

/**
 * Reads inputs: a safetensors file, a .npy file (as `x`), or a folder of .npy files. `group` is what names start with
 * before a dot; what the group does not have is looked for without it.
 */
export async function readInputs(path: string, group?: string): Promise<Inputs> {
  const tensors = await readTensors(path);
  const own = (name: string): string => (group === undefined ? name : `${group}.${name}`);
  if (group !== undefined && !Object.keys(tensors).some((name) => name.startsWith(own(''))))
    throw new DataError(`${path}: expected tensors named ${own('')}…, found the groups ${groupsOf(tensors)}`);
  const find = (name: string): HostTensor | undefined => tensors[own(name)] ?? tensors[name];
  const place = (name: string): string => `${path}: tensor ${tensors[own(name)] === undefined ? name : own(name)}`;
  return {
    has: (name) => find(name) !== undefined,
    owns: (name) => tensors[own(name)] !== undefined,
    read: (name, ...shapes) => {
      const tensor = find(name);
      const wanted = shapes.map(shapeText).join(' or ');
      if (tensor === undefined)
        throw new DataError(`${path}: expected a tensor ${own(name)} ${wanted}, found ${namesOf(tensors, group)}`);
      if (!shapes.some((shape) => fits(tensor.shape, shape)))
        throw new DataError(`${place(name)}: expected ${wanted}, got ${shapeText(tensor.shape)}`);
      return finite(place(name), tensor);
    },
    place,
    scalar: (...names) => {
      const tensor = names.map(find).find((found) => found?.data.length === 1);
      return tensor === undefined ? undefined : finite(`${path}: tensor ${names.join(' or ')}`, tensor).data[0];
    },
  };
}

async function readTensors(path: string): Promise<Readonly<Record<string, HostTensor>>> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (error) => {
      throw fileFailure(path, 'read', error);
    },
  );
  if (!isFolder) return path.endsWith('.npy') ? { x: await readNpy(path) } : readSafetensors(path);
  const tensors: Record<string, HostTensor> = {};
  for (const file of (await readdir(path)).sort())
    if (file.endsWith('.npy')) tensors[file.slice(0, -4)] = await readNpy(join(path, file));
  return tensors;
}

const shapeText = (shape: Expected): string => `[${shape.join(', ')}]`;

const fits = (shape: readonly number[], expected: Expected): boolean =>
  shape.length === expected.length &&
  shape.every((size, axis) => size > 0 && (typeof expected[axis] === 'string' || expected[axis] === size));

const namesOf = (tensors: Readonly<Record<string, HostTensor>>, group: string | undefined): string => {
  const names = Object.keys(tensors).filter((name) => group === undefined || name.startsWith(`${group}.`));
  return listed(names);
};

const groupsOf = (tensors: Readonly<Record<string, HostTensor>>): string =>
  listed([...new Set(Object.keys(tensors).flatMap((name) => (name.includes('.') ? [name.replace(/\..*/, '')] : [])))]);

/** A few names, and that there are more. */
const listed = (names: readonly string[]): string =>
  names.length === 0
    ? 'none'
    : names
        .slice(0, 12)
        .map((name) => shortened(name, 100))
        .join(', ') + (names.length > 12 ? ', …' : '');

function finite(place: string, { shape, data }: HostTensor): HostTensor<Float32Array> {
  checkFinite(data, place);
  return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

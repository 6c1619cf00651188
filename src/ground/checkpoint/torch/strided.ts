/** Views of a storage, whatever their strides, as bytes in row-major order. */
import { dtypeOf } from '../../file/dtype.ts';
import { room } from '../../file/range.ts';
import { sizeOf } from '../../host-tensor.ts';
import { span, type Tensor } from './tensor.ts';

/** Reads `length` bytes of a storage from byte `from`. */
export type ReadStorage = (from: number, length: number) => Promise<Uint8Array>;

/** One dimension of a view: its size, and how far apart its elements are in the storage and in row-major order. */
interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** The most bytes of a storage that are held while a view with gaps is gathered. */
const WINDOW = 1 << 26;

/** The axes that have more than one element, the farthest apart in the storage first, in words of `words` an element. */
function axesOf({ shape, strides }: Tensor, words: number): Axis[] {
  const axes = shape.map((size, axis) => {
    const to = sizeOf(shape.slice(axis + 1));
    return { size, from: (strides[axis] ?? 0) * words, to: to * words };
  });
  const within = { size: words, from: 1, to: 1 };
  return [...axes, within].filter(({ size }) => size > 1).sort((a, b) => b.from - a.from);
}

const spanOf = (axes: readonly Axis[]): number => axes.reduce((sum, { size, from }) => sum + (size - 1) * from, 1);

/** Whether words lie in row-major order without gaps. */
const isDense = (axes: readonly Axis[]): boolean => axes.every(({ from, to }) => from === to);

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Bytes as words of 1, 2 or 4 bytes. */
function wordsOf(bytes: Uint8Array, width: number): Words {
  if (width === 1) return bytes;
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const length = bytes.byteLength / width;
  return width === 2 ? new Uint16Array(buffer, byteOffset, length) : new Uint32Array(buffer, byteOffset, length);
}

/** Copies words along all axes. */
function gather(source: Words, target: Words, axes: readonly Axis[], from: number, to: number): void {
  const [axis = { size: 1, from: 0, to: 0 }, ...rest] = axes;
  for (let i = 0; i < axis.size; i++) {
    const [nextFrom, nextTo] = [from + i * axis.from, to + i * axis.to];
    if (rest.length > 0) gather(source, target, rest, nextFrom, nextTo);
    else target[nextTo] = source[nextFrom] ?? 0;
  }
}

/** The elements of a tensor as bytes in row-major order, read in as few and as short pieces as its strides allow. */
export async function readStrided(path: string, tensor: Tensor, read: ReadStorage): Promise<Uint8Array> {
  const { width: elementWidth } = dtypeOf(tensor.dtype);
  if (span(tensor.shape, tensor.strides) === 0) return new Uint8Array(0);
  const width = Math.min(elementWidth, 4); // 8 bytes are two words: copying them as numbers might change a NaN
  const axes = axesOf(tensor, elementWidth / width);
  const bytes = sizeOf(tensor.shape) * elementWidth;
  if (isDense(axes)) return read(tensor.offset * elementWidth, bytes);
  const target = room(path, bytes);
  const words = wordsOf(target, width);
  const fill = async (rest: readonly Axis[], from: number, to: number): Promise<void> => {
    const [axis, ...inner] = rest;
    if (axis === undefined || spanOf(rest) * width <= WINDOW) {
      gather(wordsOf(await read(from * width, spanOf(rest) * width), width), words, rest, 0, to);
      return;
    }
    const most = Math.max(1, Math.floor((WINDOW / width - spanOf(inner)) / axis.from) + 1); // that fit a window
    for (let i = 0; i < axis.size; i += most) {
      const size = Math.min(most, axis.size - i);
      await fill(size === 1 ? inner : [{ ...axis, size }, ...inner], from + i * axis.from, to + i * axis.to);
    }
  };
  await fill(axes, (tensor.offset * elementWidth) / width, 0);
  return target;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStrided } from '../../../src/ground/checkpoint/torch/strided.ts';
import { Storage, span, Tensor } from '../../../src/ground/checkpoint/torch/tensor.ts';
import { dtypeOf } from '../../../src/ground/file/dtype.ts';
import { sizeOf } from '../../../src/ground/host-tensor.ts';

/** A view element by element, by the definition of strides. */
function viewed(storage: Uint8Array, { shape, strides, offset }: Tensor, width: number): number[] {
  const bytes: number[] = [];
  for (let index = 0; index < sizeOf(shape); index++) {
    let [rest, element] = [index, offset];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      element += (rest % size) * (strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    bytes.push(...storage.subarray(element * width, (element + 1) * width));
  }
  return bytes;
}

const axis = fc.record({ size: fc.integer({ min: 0, max: 4 }), stride: fc.integer({ min: 0, max: 9 }) });

describe('readStrided', () => {
  it('gives the elements of any view in row-major order, and reads nothing beyond them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { maxLength: 4 }),
        fc.nat(5),
        fc.constantFrom('U8', 'F16', 'F32', 'F64'),
        async (axes, offset, dtype) => {
          const [shape, strides] = [axes.map(({ size }) => size), axes.map(({ stride }) => stride)];
          const { width } = dtypeOf(dtype);
          const elements = offset + span(shape, strides);
          const bytes = Uint8Array.from({ length: elements * width }, (_, i) => (i * 37) % 251);
          const tensor = new Tensor(new Storage('0', dtype, elements), offset, shape, strides);
          const read = async (from: number, length: number) => {
            expect(from).toBeGreaterThanOrEqual(offset * width);
            expect(from + length).toBeLessThanOrEqual(bytes.length);
            return bytes.subarray(from, from + length);
          };
          expect([...(await readStrided('file', tensor, read))]).toEqual(viewed(bytes, tensor, width));
        },
      ),
      { numRuns: 300, seed: 3 },
    );
  });

  it('holds no more than a window of a storage that has wide gaps', async () => {
    const stride = 1 << 22; // 16 MiB between neighbours of the first axis
    const tensor = new Tensor(new Storage('0', 'F32', 20 * stride), 1, [20, 2], [stride, 1 << 20]);
    const lengths: number[] = [];
    const bytes = await readStrided('file', tensor, async (from, length) => {
      lengths.push(length);
      const words = new Uint32Array(length / 4);
      for (let i = 0; i < words.length; i += 1 << 20) words[i] = from / 4 + i;
      return new Uint8Array(words.buffer);
    });
    const expected = Array.from({ length: 40 }, (_, i) => 1 + Math.floor(i / 2) * stride + (i % 2) * (1 << 20));
    expect([...new Uint32Array(bytes.buffer)]).toEqual(expected);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1 << 26);
    expect(lengths.length).toBe(5);
  });
});

import { expect, test } from 'vitest';
import { featuresOf } from '../../../bench/peers/machine.ts';

test.each([
  ['fpu avx avx2 fma', ['AVX2']],
  ['avx2 avx_vnni', ['AVX2', 'VNNI']],
  ['avx2 avx512f avx512_vnni avx512_bf16', ['AVX2', 'AVX512', 'VNNI', 'BF16']],
  ['avx2 avx512f avx512_vnni avx512_bf16 amx_bf16 amx_tile amx_int8', ['AVX2', 'AVX512', 'VNNI', 'BF16', 'AMX']],
  ['neon', []],
])('a processor with the flags "%s" has %s', (flags, names) => {
  expect(featuresOf(`processor\t: 0\nflags\t\t: ${flags}\nbugs\t\t:\n`)).toEqual(names);
});

test('a processor that tells no flags has no known features', () => {
  expect(featuresOf('processor : 0\n')).toEqual([]);
});

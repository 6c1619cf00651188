import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { operatorOf, operators } from '../../../../src/engine/onnx-graph/operators/table.ts';

test('every operator of the table has its cases', async () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'));
  const text = (await Promise.all(files.map((name) => readFile(`${folder}/${name}`, 'utf8')))).join('\n');
  expect(Object.keys(operators).filter((name) => !text.includes(`'${name}'`))).toEqual([]);
});

test.each([
  ['Loop', 'control flow is not supported: export the model without it'],
  ['SequenceAt', 'sequences are not supported'],
  ['ConcatFromSequence', 'sequences are not supported'],
  ['OptionalGetElement', 'optional values are not supported'],
  ['StringConcat', 'texts are not supported'],
  ['MatMulInteger', 'quantised weights are not supported'],
  ['DynamicQuantizeLinear', 'quantised weights are not supported'],
  ['RandomNormal', 'random numbers are not supported: make them inputs'],
  ['LSTM', 'recurrent layers are not supported'],
  ['constructor', 'this operator is not supported'],
])('%s is refused by name', (name, reason) => {
  expect(operatorOf('', name)).toBe(reason);
});

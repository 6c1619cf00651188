/** What the exported files of a student are, in words. */
import { precisionOf, precisions, roundings } from '../distillation/export/precision.ts';
import { samplerOfFile } from '../distillation/student/sampler/file.ts';
import { samplers } from '../distillation/student/sampler/table.ts';
import { counted } from '../ground/counted.ts';
import { contextParts, type Hearing, partsOf } from '../heads/context.ts';

/** The inputs of a context, by what the student hears. */
export const contextText = (hearing: Hearing): string =>
  partsOf(hearing)
    .map((key) => contextParts[key])
    .map(({ input, kind }) => `\`${input}\` ${kind === 'state' ? '[batch, H]' : '[batch]'}`)
    .join(', ');

/** What the files of a student are, by their names. */
const fileMeanings: readonly (readonly [name: string, (context: string) => string])[] = [
  [
    'head.onnx',
    (context) =>
      `One jump: inputs \`x\` [batch, D], \`s\` [batch], \`t\` [batch], ${context}; output \`x_next\` [batch, D].`,
  ],
  [
    'sampler.onnx',
    (context) =>
      `The whole sampler at the most steps: inputs \`noise\` [batch, D], ${context}; output \`sample\` [batch, D].`,
  ],
  ['head.onnx.data', () => 'The weights of the ONNX files, which stay beside it.'],
  ['head.safetensors', () => 'The weights by name, with the configuration as metadata.'],
  ['original.safetensors', () => 'The weights under the names of the system that the teacher came from.'],
  ['use.py', () => 'The PyTorch that uses them there.'],
];

/**
 * Where a file stands among those of a card: samplers come behind the one of the most steps, those of the second kind last;
 * other precisions behind float32.
 */
export const fileOrder = (name: string): number => {
  const { precision, file } = precisionOf(name);
  const rounded = precisions.indexOf(precision);
  if (rounded > 0) return fileOrder(file) + 100 * rounded;
  const place = fileMeanings.findIndex(([name]) => name === file);
  const sampler = place < 0 ? samplerOfFile(file) : undefined;
  if (sampler === undefined) return place;
  return fileMeanings.findIndex(([name]) => name === 'sampler.onnx') + (sampler.second === undefined ? 1 : 2) / 3;
};

function fileMeaning(file: string, context: string): string {
  const known = fileMeanings.find(([name]) => name === file)?.[1];
  const { second, steps } = samplerOfFile(file) ?? {};
  if (known !== undefined) return known(context);
  if (second !== undefined) return samplers[second].meaning(steps === undefined ? 'steps' : counted(steps, 'steps'));
  return steps === undefined ? '' : `The same sampler at ${counted(steps, 'steps')}.`;
}

/** The row of a file in the table of a card: its name, and what it is; `context` are the inputs of a context in words. */
export function fileRow(name: string, context: string): readonly string[] {
  const { precision, file } = precisionOf(name);
  if (precision === 'float32') return [`\`${name}\``, fileMeaning(name, context)];
  return [`\`${name}\``, `\`${file}\` with ${roundings[precision].meaning}.`];
}

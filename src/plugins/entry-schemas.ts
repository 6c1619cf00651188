/** What an entry of a plug-in must have, as far as it can be seen without running it: the types hold the rest. */
import { z } from 'zod';
import { wordPattern } from '../ground/field.ts';
import { predictions } from '../heads/network/network-config.ts';
import { architectures } from '../heads/network/table.ts';
import { fittedSolvers } from '../heads/solver/fitted-table.ts';
import type { PluginEntries } from './plugin.ts';

/** How the entries of a table are checked. */
export interface EntryCheck {
  /** What a name is made of. */
  readonly name: RegExp;
  /** Names that are taken outside of the table. */
  readonly taken: readonly string[];
  /** Its fields; what else it has is left alone. `name` is that of the entry. */
  readonly fields: (name: string) => z.ZodType;
}

const text = z.string().min(1, 'expected a text').max(1000, 'expected at most 1000 characters');
const run = z.custom<(...given: never[]) => unknown>((value) => typeof value === 'function', 'expected a function');
const list = (item: z.ZodType) => z.array(item);
const one = (...words: string[]) => z.enum(words, `expected ${words.join(', ')}`);
const count = z.int('expected a whole number').positive('expected a whole number above 0');
const schema = z.custom<z.ZodType>((value) => value instanceof z.ZodType, 'expected a zod schema');
const dimensions = list(
  z.tuple([one('token', 'condition', 'width', 'output', 'hidden', 'frequencies', 'noise'), z.number()]),
);
const tensors = z.record(z.string(), dimensions);
const measure = z.looseObject({ needs: list(text), of: run });
const option = <Type extends z.ZodType>(type: Type) => type.optional();

const head = z.looseObject({
  template: z.looseObject({
    ...{ sign: text, fixed: tensors, blocks: text, block: tensors, stored: option(list(text)) },
    shared: option(z.looseObject({ names: text, tensors })),
  }),
  twoTimes: option(z.literal(true)),
  oneCall: option(z.literal(true)),
  ...{ embed: run, modulate: run, apply: run },
});

const family = z.looseObject({
  title: text,
  architecture: z.string().refine((name) => Object.hasOwn(architectures, name), {
    error: () => `expected one of ${Object.keys(architectures).join(', ')}`,
  }),
  ...{ prefixes: list(z.string()).min(1, 'expected at least one'), marks: list(text), select: list(text) },
  outputs: count,
  timeScale: z.number(),
  conventions: z.looseObject({ prediction: option(one(...predictions)) }),
  latentScale: z.number(),
  extras: list(z.looseObject({ name: text, role: text, shape: run, purpose: text })),
  official: z.looseObject({ rule: text, steps: count, guidance: z.number() }),
  rules: z.record(z.string(), z.looseObject({})),
  losses: list(z.looseObject({ gradient: text, times: z.looseObject({}), values: run })),
  training: option(z.looseObject({ times: run, loss: run })),
});

const method = z.looseObject({
  ...{ title: text, source: text },
  options: schema,
  sampler: one('flow-map', 'consistency-renoised', 'velocity'),
  otherSampler: option(one('flow-map', 'consistency-renoised', 'velocity')),
  ...{ forwards: run, create: run, ownEnds: option(run) },
});

const solver = z.looseObject({
  title: text,
  ...{ evaluations: count, order: count },
  memory: option(z.record(z.string(), one('state', 'time'))),
  step: run,
});

const teacher = (name: string) =>
  z.looseObject({
    section: z
      .custom<z.ZodObject>((value) => value instanceof z.ZodObject, 'expected a z.strictObject')
      .refine((section) => section.shape.kind instanceof z.ZodLiteral && section.shape.kind.value === name, {
        error: `expected kind: z.literal('${name}') in it`,
      }),
    load: run,
  });

const metric = (name: string) =>
  z.looseObject({
    name: z.literal(name, `expected ${name}, as the table has it`),
    label: text,
    unit: one('%', 'times', 'distance', 'squared distance', 'kernel value'),
    column: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case letters, digits and underscores'),
    ...{ best: one('low', 'high', 'one'), table: one('main', 'further') },
    curves: list(one('steps', 'nfe')),
    meaning: text,
    measure,
    withoutImages: option(measure),
  });

const dataSet = z.looseObject({
  ...{ title: text, summary: text, origin: text, thing: text, things: text, alphabet: text },
  size: z.tuple([count, count]),
  channels: z.union([z.literal(1), z.literal(3)], 'expected 1 or 3'),
  counts: z.looseObject({ train: count, test: count }),
  prompts: list(text).min(1, 'expected at least one'),
  patch: z.looseObject({ sides: list(count).min(1, 'expected at least one'), default: count }),
  blank: list(z.number()),
  inverted: z.boolean(),
  remarks: list(text),
  load: run,
});

const word = { name: wordPattern, taken: [] };

/** The checks by table. */
export const entryChecks: Readonly<Record<keyof PluginEntries, EntryCheck>> = {
  heads: { ...word, fields: () => head },
  families: { ...word, taken: ['onnx'], fields: () => family },
  teachers: { ...word, fields: teacher },
  methods: { ...word, fields: () => method },
  solvers: { ...word, taken: Object.keys(fittedSolvers), fields: () => solver },
  metrics: { name: /^[a-z][A-Za-z0-9]{0,63}$/, taken: [], fields: metric },
  dataSets: { ...word, taken: ['capture'], fields: () => dataSet },
};

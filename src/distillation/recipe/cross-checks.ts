import { oneThreadOnly, providers } from '../../engine/engine-schema.ts';
import type { OptimizerChoice } from '../../engine/training/training-schema.ts';
import { guidanceSchedules } from '../../heads/original/guidance-schedule.ts';
import type { TeacherRecipe } from '../../teachers/image/training-recipe.ts';
import { canonicalJson } from './canonical.ts';
import { commandProblems } from './command.ts';
import { oneOf } from './diagnosis.ts';
import { keepingProblems } from './keeping.ts';
import { needsProblems } from './needs.ts';
import { ownEndsProblems } from './own-ends.ts';
import type { FieldPath, Problem } from './problem.ts';
import type { DistillRecipe, Recipe } from './recipe.ts';
import { type ImportedHead, signatureProblems } from './signature.ts';
import { solverProblems } from './solvers.ts';
import { suggestion } from './suggestion.ts';
import { noiseProblems, timesProblems } from './times.ts';

type Rule<R> = (recipe: R) => (Problem | undefined)[];

/** What the fields of a recipe ask of each other; the first problem names the field to change. */
export function inconsistencies(recipe: Recipe, importedHead: ImportedHead): Problem[] {
  const found = [...everyRule.flatMap((rule) => rule(recipe)), ...rulesOf(recipe, importedHead)];
  return found.filter((problem) => problem !== undefined);
}

function rulesOf(recipe: Recipe, importedHead: ImportedHead): (Problem | undefined)[] {
  switch (recipe.kind) {
    case 'distill':
      return [
        ...distillRules.flatMap((rule) => rule(recipe)),
        ...needsProblems(recipe),
        ...signatureProblems(recipe, importedHead),
        ...timesProblems(recipe),
        ...noiseProblems(recipe),
        ...solverProblems(recipe),
        ...keepingProblems(recipe),
        ...ownEndsProblems(recipe),
        ...commandProblems(recipe),
      ];
    case 'teacher':
      return teacherRules.flatMap((rule) => rule(recipe));
    case 'features':
      return [];
  }
}

const unless = (holds: boolean, problem: Problem): Problem | undefined => (holds ? undefined : problem);

const firstRepeat = (items: readonly (string | number)[]): number =>
  items.findIndex((item, index) => items.indexOf(item) < index);

const unique = (items: readonly (string | number)[], path: Problem['path'], key?: string): Problem | undefined => {
  const index = firstRepeat(items);
  const field = key === undefined ? [...path, index] : [...path, index, key];
  return unless(index < 0, { path: field, message: `expected each once, got ${String(items[index])} again` });
};

const scaleOf = ({ optimizer = 'adamw', muonScale }: OptimizerChoice, path: FieldPath): Problem | undefined =>
  unless(optimizer === 'muon' || muonScale === undefined, {
    path: [...path, 'muonScale'],
    message: `expected none with optimizer ${optimizer}, got ${muonScale}`,
  });

const everyRule: readonly Rule<Recipe>[] = [
  (recipe) =>
    recipe.kind === 'distill'
      ? recipe.students.map(({ training }, index) => scaleOf(training, ['students', index, 'training']))
      : [scaleOf(recipe.training, ['training'])],
  ({ engine }) => {
    const known: readonly string[] = providers[engine.kind];
    return [
      unless(known.includes(engine.provider), oneOf(known, ['engine', 'provider'], engine.provider)),
      unless(!oneThreadOnly(engine.provider) || engine.workers === 1, {
        path: ['engine', 'workers'],
        message: `expected 1 with provider ${engine.provider}, whose context is not safe among threads, got ${engine.workers}`,
      }),
    ];
  },
];

/** Tokens of a long image, along which schedules are checked. */
const MANY = 1024;

const distillRules: readonly Rule<DistillRecipe>[] = [
  ({ guidance: { min, max } }) => [
    unless(min <= max, { path: ['guidance', 'max'], message: `expected at least min (${min}), got ${max}` }),
  ],
  ({ guidance: { interval } }) => [
    unless(interval === undefined || interval.from < interval.to, {
      path: ['guidance', 'interval', 'to'],
      message: `expected more than from (${interval?.from}), got ${interval?.to}`,
    }),
  ],
  ({ guidance: { min, max }, evaluation }) => [
    unless(min > max || (evaluation.guidance >= min && evaluation.guidance <= max), {
      path: ['evaluation', 'guidance'],
      message: `expected a number within the recipe's guidance (${min} to ${max}), got ${evaluation.guidance}`,
    }),
  ],
  ({ guidance: { min, max }, evaluation: { otherGuidance = [] } }) => [
    unique(otherGuidance, ['evaluation', 'otherGuidance']),
    ...otherGuidance.map((scale, index) =>
      unless(scale >= min && scale <= max, {
        path: ['evaluation', 'otherGuidance', index],
        message: `expected a number within the recipe's guidance (${min} to ${max}), got ${scale}`,
      }),
    ),
  ],
  ({ guidance: { min }, evaluation: { guidance, guidanceSchedule: schedule = 'constant' } }) => {
    const least = Math.min(
      ...Array.from({ length: MANY }, (_, made) => guidanceSchedules[schedule](guidance, made, MANY)),
    );
    return [
      unless(min <= Math.min(least, guidance) || schedule === 'constant', {
        path: ['evaluation', 'guidanceSchedule'],
        message: `expected constant, or a recipe whose guidance starts at ${least}, as ${schedule} does, got a least scale of ${min}`,
      }),
    ];
  },
  ({ evaluation: { guidanceSchedule: schedule, annealed }, teacher }) => [
    ...(['guidanceSchedule', 'annealed'] as const).map((field) =>
      unless({ guidanceSchedule: schedule, annealed }[field] === undefined || teacher.kind === 'digits', {
        path: ['evaluation', field],
        message: `expected none with a ${teacher.kind} teacher: without whole images a token has no place among others`,
      }),
    ),
  ],
  ({ teacher, data }) => {
    const kind: string = teacher.kind;
    const needed = kind === 'imported';
    const message = needed
      ? 'expected { kind: capture, path: … }: an imported teacher is distilled on captured hidden states'
      : `expected none with a ${kind} teacher (it makes its own contexts)`;
    return [unless(needed === (data !== undefined), { path: ['data'], message })];
  },
  ({ trajectories: { steps, keep } }) => [
    unless(steps % keep === 0, {
      path: ['trajectories', 'keep'],
      message: `expected a divisor of the ${steps} steps, got ${keep}`,
    }),
  ],
  ({ trajectories, teacher }) => [
    unless(trajectories.freeRunning === 0 || teacher.kind === 'digits', {
      path: ['trajectories', 'freeRunning'],
      message: `expected 0 with a ${teacher.kind} teacher (it generates nothing), got ${trajectories.freeRunning}`,
    }),
  ],
  ({ evaluation, teacher }) => [
    unless(evaluation.features === undefined || teacher.kind === 'digits' || evaluation.command?.reads === 'images', {
      path: ['evaluation', 'features'],
      message: `expected none with a ${teacher.kind} teacher (it makes no images), got ${JSON.stringify(evaluation.features)}`,
    }),
  ],
  ({ evaluation: { statistics, features } }) => [
    unless(statistics === undefined || features !== undefined, {
      path: ['evaluation', 'statistics'],
      message: `expected evaluation.features beside it, got ${JSON.stringify(statistics)} alone`,
    }),
  ],
  ({ seeds, students, evaluation }) => [
    unique(seeds, ['seeds']),
    unique(
      students.map(({ name }) => name),
      ['students'],
      'name',
    ),
    unique(evaluation.steps, ['evaluation', 'steps']),
    unique(evaluation.solvers, ['evaluation', 'solvers']),
    unique(evaluation.latencyBatches, ['evaluation', 'latencyBatches']),
  ],
  ({ students }) =>
    students.flatMap(({ init, head, steps = [] }, index) => {
      const earlier = students.slice(0, index);
      const names = earlier.map(({ name }) => name);
      const from = earlier.find(({ name }) => name === init);
      const path = ['students', index];
      return [
        unique(steps, [...path, 'steps']),
        unless(init === undefined || from !== undefined, {
          path: [...path, 'init'],
          message: `expected an earlier student${names.length > 0 ? ` (${names.join(', ')})` : ''}, got ${init}${suggestion(init, names)}`,
        }),
        unless(from === undefined || canonicalJson(head ?? null) === canonicalJson(from.head ?? null), {
          path: [...path, 'head'],
          message: `expected the head of ${init}, whose weights this student starts from`,
        }),
      ];
    }),
  ({ students, engine }) =>
    students.map(({ training: { recompute } }, index) =>
      unless(!recompute || engine.kind === 'onnx', {
        path: ['students', index, 'training', 'recompute'],
        message: `expected false with engine kind ${engine.kind}, whose gradients keep what they need; got true`,
      }),
    ),
  ({ students, trajectories }) =>
    students.flatMap(({ training }, index) => {
      const path = ['students', index, 'training'];
      const { draws, batch } = training;
      return [
        unless(draws <= trajectories.draws, {
          path: [...path, 'draws'],
          message: `expected at most the ${trajectories.draws} draws of the trajectories, got ${draws}`,
        }),
        unless(batch % draws === 0, {
          path: [...path, 'batch'],
          message: `expected a multiple of the ${draws} draws a context, got ${batch}`,
        }),
        unless(batch / draws <= trajectories.contexts, {
          path: [...path, 'batch'],
          message: `expected at most ${trajectories.contexts * draws} (all contexts, ${draws} draws each), got ${batch}`,
        }),
      ];
    }),
];

const teacherRules: readonly Rule<TeacherRecipe>[] = [
  ({ backbone: { width, heads } }) => [
    unless(width % heads === 0, {
      path: ['backbone', 'width'],
      message: `expected a multiple of the ${heads} heads, got ${width}`,
    }),
  ],
];

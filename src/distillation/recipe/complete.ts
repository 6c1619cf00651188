import { oneThreadOnly } from '../../engine/engine-schema.ts';
import { studentTrainingDefaults, withOptimizer } from '../../engine/training/training-schema.ts';
import { methodNamed } from '../method/table.ts';
import { completeCommand } from './command.ts';
import { needsOf } from './needs.ts';
import { resolvedPlugins } from './plugins.ts';
import type { DistillRecipe, ParsedRecipe, Recipe } from './recipe.ts';

/** What the machine adds to a recipe that leaves it open. */
export interface EngineDefaults {
  readonly workers: number;
}

/** Fills the fields whose default is another field or comes from the machine or the method. */
export function completeRecipe(parsed: ParsedRecipe, defaults: EngineDefaults): Recipe {
  const { provider, workers = oneThreadOnly(provider) ? 1 : defaults.workers } = parsed.engine;
  const engine = { ...parsed.engine, workers };
  const plugins = resolvedPlugins(parsed.plugins);
  return { ...completeKind(parsed, engine), ...(plugins.length > 0 && { plugins }) };
}

function completeKind(parsed: ParsedRecipe, engine: DistillRecipe['engine']): Recipe {
  switch (parsed.kind) {
    case 'distill':
      return completeDistill(parsed, engine);
    case 'teacher':
      return { ...parsed, engine, training: withOptimizer(parsed.training) };
    case 'features':
      return { ...parsed, engine, training: withOptimizer(parsed.training) };
  }
}

function completeDistill(
  parsed: Extract<ParsedRecipe, { kind: 'distill' }>,
  engine: DistillRecipe['engine'],
): DistillRecipe {
  const guidance =
    typeof parsed.guidance === 'number' ? { min: parsed.guidance, max: parsed.guidance } : parsed.guidance;
  const students = parsed.students.map(({ times, ...student }) => {
    const steps = student.steps ?? needsOf(student).steps;
    const { training: usual = {} } = methodNamed(student.method);
    const draws = student.training.draws ?? parsed.trajectories.draws;
    const { keep, patience, precision = 'float32', recompute = false, ...chosen } = student.training;
    const kept = {
      ...(keep === 'best' && { keep }), // the last is not written down: hashes of recipes without stay
      ...(patience !== undefined && { patience }),
      ...(precision !== 'float32' && { precision }),
      ...(recompute && { recompute }),
    };
    const training = { ...studentTrainingDefaults, ...usual, ...chosen, draws, ...kept };
    return {
      ...student,
      options: withoutFlow(student.options),
      ...(steps && { steps: [...steps] }),
      ...(times !== undefined && times !== 'equal' && { times }), // equal ones are not written down: hashes of recipes without stay
      training: withOptimizer(training, student.training, usual),
    };
  });
  const {
    guidance: measured = (guidance.min + guidance.max) / 2,
    teacher,
    searchTimes,
    command,
    ...rest
  } = parsed.evaluation;
  const { solver, steps } = parsed.trajectories;
  const evaluation = {
    ...{ guidance: measured, ...rest, teacher: { solver, steps, ...teacher } },
    ...(searchTimes === false && { searchTimes }), // true is not written down: hashes of earlier recipes stay
    ...(command && { command: completeCommand(command, parsed.teacher.kind) }),
  };
  return { ...parsed, engine, guidance, students, evaluation };
}

/** Options of a method without `ends: flow`, which is what there was before there was a choice: hashes stay. */
function withoutFlow(options: unknown): unknown {
  if (typeof options !== 'object' || options === null || !('ends' in options) || options.ends !== 'flow')
    return options;
  const { ends: _, ...others } = options;
  return others;
}

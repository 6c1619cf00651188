/** Decides in which numbers a recipe's teacher is solved: where it asks for int8, that must be shown to be the same teacher. */
import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import type { SettledPrecision } from '../../distillation/trajectory/precision.ts';
import { EngineError } from '../../ground/errors.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { measureParity, type Parity } from './measure.ts';

/** What int8 must save to be chosen where the recipe leaves it open: two solvers of one speed differ by less. */
const LEAST_SPEEDUP = 1.15;

/**
 * The precision of a recipe's trajectories; undefined where it asks for nothing but float32. Throws EngineError where int8 is asked
 * for and cannot be had, or leads elsewhere than the teacher does.
 */
export async function settlePrecision(recipe: DistillRecipe, teacher: Teacher): Promise<SettledPrecision | undefined> {
  const { precision: asked = 'float32', kind, provider, threads } = recipe.engine;
  if (asked === 'float32') return undefined;
  if (kind !== 'onnx' || provider !== 'cpu') {
    const reason = `int8 products are had from engine kind onnx, provider cpu, got ${kind}, ${provider}`;
    if (asked === 'int8') throw new EngineError(`engine.precision: ${reason}`);
    return { used: 'float32', reason };
  }
  return judge(asked, await measureParity(recipe, teacher, { kind, provider, threads }));
}

/** What follows from a measurement. Throws EngineError where int8 is asked for and leads elsewhere. */
export function judge(asked: 'int8' | 'auto', int8: Parity): SettledPrecision {
  const { distance, floor, speedup } = int8;
  const numbers =
    `its ends are ${shown(distance.value)} from float32's in energy distance, where float32's own are ` +
    `${shown(floor.value)} [${shown(floor.low)}, ${shown(floor.high)}] apart`;
  if (!(distance.value <= floor.high)) {
    if (asked === 'int8') throw new EngineError(`engine.precision: int8 is refused: ${numbers}`);
    return { used: 'float32', reason: `int8 leads elsewhere: ${numbers}`, int8 };
  }
  if (asked === 'auto' && speedup < LEAST_SPEEDUP)
    return { used: 'float32', reason: `int8 is ${speedup.toFixed(2)} times as fast here`, int8 };
  return { used: 'int8', reason: `int8 is ${speedup.toFixed(2)} times as fast here, and ${numbers}`, int8 };
}

const shown = (value: number): string => value.toPrecision(2);

/** Which units of a plan are meant by words that a cluster's engine fills in: the nth, or every nth of a wave. */
import { FileError, UsageError } from '../ground/errors.ts';
import type { TaskKindName } from '../ground/pool/executor.ts';
import type { UnplacedPlan } from './plan.ts';

/** A part of many: every one whose place is `part` modulo `of`. */
export interface Shard {
  readonly part: number;
  readonly of: number;
}

/** Units of a kind; all of them unless told which. */
export interface Selection {
  readonly kind: TaskKindName;
  /** Those that start from one of the wave before; 0 is those that start from none. */
  readonly wave?: number;
  /** The place of one among these. */
  readonly index?: number;
  readonly shard?: Shard;
}

/** The units that are meant, in the order of the plan. Throws UsageError where there is none of that place or wave. */
export function selectedUnits({ groups }: UnplacedPlan, { kind, wave, index, shard }: Selection): readonly string[] {
  const group = groups.find((one) => one.kind === kind);
  if (group === undefined || group.units.length === 0) throw new UsageError(`--kind ${kind}: the run has none of it`);
  const waves = wave === undefined ? [group.units] : wavesOf(group);
  const units = waves[wave ?? 0];
  if (units === undefined) throw new UsageError(`--wave: expected 0 to ${waves.length - 1}, got ${wave}`);
  if (index === undefined)
    return shard === undefined ? units : units.filter((_, place) => place % shard.of === shard.part);
  const unit = units[index];
  if (unit === undefined) throw new UsageError(`--index: expected 0 to ${units.length - 1}, got ${index}`);
  return [unit];
}

/** The units of a group in waves: each starts from one of the wave before, or from none. Throws FileError of a circle. */
export function wavesOf({
  kind,
  units,
  needs = {},
}: Pick<UnplacedPlan['groups'][number], 'kind' | 'units' | 'needs'>): readonly (readonly string[])[] {
  const waves: string[][] = [];
  let left = units;
  while (left.length > 0) {
    const open = new Set(left);
    const isReady = (id: string): boolean => !open.has(needs[id] ?? '');
    const ready = left.filter(isReady);
    if (ready.length === 0)
      throw new FileError(`plan.json: units of ${kind} that wait for each other: ${left.join(', ')}`);
    waves.push(ready);
    left = left.filter((id) => !isReady(id));
  }
  return waves;
}

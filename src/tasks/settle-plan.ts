/** Whose machines a run's plan is for, when it is written. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SettledPrecision } from '../distillation/trajectory/precision.ts';
import { EngineError } from '../ground/errors.ts';
import { versions } from '../ground/versions.ts';
import { machineOf } from './claimed-machine.ts';
import { differences } from './machine.ts';
import { readPlan, type UnplacedPlan, writePlan } from './plan.ts';

/**
 * Who works by a plan: this process; workers like this machine, whom it coordinates; or machines that a cluster chooses,
 * among which the first one decides.
 */
export type Workers = 'own' | 'coordinated' | 'chosen';

/** Whether a run's plan, where there is one, leaves the machine to the cluster that it was handed to. */
export const isHandedOver = async (run: string): Promise<boolean> => {
  const plan = await keptPlan(run);
  return plan !== undefined && plan.machine === undefined;
};

/** What was decided of a run's precision when it was first planned; undefined where nothing was. */
export const keptPrecision = async (run: string): Promise<SettledPrecision | undefined> =>
  (await keptPlan(run))?.precision;

/**
 * Writes the plan of a run. One that was handed over stays so while this process goes on with it, which must then be on such
 * a machine unless machines are mixed: throws EngineError. What a machine has begun is handed over for machines like it.
 */
export async function settlePlan(run: string, plan: UnplacedPlan, workers: Workers): Promise<UnplacedPlan> {
  const before = await keptPlan(run);
  const settled = settledPlan(run, plan, before, workers);
  await writePlan(run, settled);
  if (workers !== 'own' || settled.machine !== undefined || settled.mixed) return settled;
  const reasons = differences(await machineOf({ path: run, plan: settled }), versions());
  if (reasons.length === 0) return settled;
  throw new EngineError(`${run}: refused: ${reasons.join('; ')}; --mixed goes on with it here`);
}

function settledPlan(
  run: string,
  plan: UnplacedPlan,
  before: UnplacedPlan | undefined,
  workers: Workers,
): UnplacedPlan {
  const { machine: _, ...open } = plan;
  if (workers === 'coordinated' || before === undefined) return workers === 'chosen' ? open : plan;
  if (workers === 'own') return before.machine === undefined ? { ...open, mixed: plan.mixed || before.mixed } : plan;
  return before.machine !== undefined && hasUnits(run, before) ? { ...plan, machine: before.machine } : open;
}

/** Whether anything that a plan's units make is there. */
const hasUnits = (run: string, { groups }: UnplacedPlan): boolean =>
  groups.some(({ writes, units }) => units.some((id) => existsSync(join(run, writes.replace('{id}', id)))));

/** The plan that is there; undefined where there is none that can be read: it is made anew. */
const keptPlan = (run: string): Promise<UnplacedPlan | undefined> => readPlan(run).catch(() => undefined);

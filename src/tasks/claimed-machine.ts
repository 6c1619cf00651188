/** The machine of a run whose plan leaves it open: that of the first unit, which writes it down as `runs/<run>/machine.json`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { claim } from '../ground/file/claim.ts';
import { fileFailure } from '../ground/file/failure.ts';
import { formatJson, readJson } from '../ground/file/json.ts';
import { versions } from '../ground/versions.ts';
import { decidingParts, machineSchema, type Versions } from './machine.ts';
import type { UnplacedPlan } from './plan.ts';

const pathIn = (run: string): string => join(run, 'machine.json');

/** What decides bytes of a run's units: as planned, or of the first machine that does one, which is this one if none was. */
export async function machineOf({
  path,
  plan,
}: {
  readonly path: string;
  readonly plan: UnplacedPlan;
}): Promise<Versions> {
  if (plan.machine !== undefined) return plan.machine;
  const file = pathIn(path);
  if (!existsSync(file))
    await claim(file, formatJson(file, decidingParts(versions()))).catch((error) => {
      throw fileFailure(file, 'written', error);
    });
  return readJson(file, machineSchema);
}

/** The machine that a run's first unit wrote down; undefined where none did yet. Throws FileError where it cannot be read. */
export const claimedMachine = async (run: string): Promise<Versions | undefined> =>
  existsSync(pathIn(run)) ? readJson(pathIn(run), machineSchema) : undefined;

import { EngineError } from '../ground/errors.ts';
import { versions } from '../ground/versions.ts';
import { machineOf } from './claimed-machine.ts';
import { differences } from './machine.ts';
import type { OpenedRun } from './opened-run.ts';

/** Throws EngineError where the machine is not one of those for which a run is planned: it would make other bytes. */
export async function refuseUnsuited(
  opened: OpenedRun,
  { provider, mixed = false }: { readonly provider: string; readonly mixed?: boolean },
): Promise<void> {
  const { name, plan } = opened;
  const reasons = [
    ...(plan.provider === provider ? [] : [`provider ${plan.provider} in the plan, ${provider} here`]),
    ...(mixed && !plan.mixed ? ['machines of one kind in the plan, a queue for any here'] : []),
  ];
  if (reasons.length === 0 && !plan.mixed) reasons.push(...differences(await machineOf(opened), versions()));
  if (reasons.length > 0) throw new EngineError(`${name}: refused: ${reasons.join('; ')}`);
}

/** What of a machine decides the bytes of a run. */
import { z } from 'zod';

/** Versions as a run's folder keeps them. */
export type Versions = Readonly<Record<string, string>>;

/** The parts of `versions()` on which bytes depend; of the processor its model, not how many of its cores there are. */
const deciding = ['fewstep', 'node', 'onnxruntime', 'tfjs', 'platform', 'cpu'] as const;

const partOf = (versions: Versions, name: string): string =>
  (versions[name] ?? 'none').replace(name === 'cpu' ? /^\d+ × / : '', '');

/** What decides bytes as files keep it, by name. */
export const machineSchema = z.record(z.string().max(40), z.string().max(300));

/** What decides bytes, by name. */
export const decidingParts = (versions: Versions): Record<string, string> =>
  Object.fromEntries(deciding.map((name) => [name, partOf(versions, name)]));

/** What of a machine is not as in a run's plan: `cpu: AMD EPYC there, Intel Xeon here`; none where both make the same bytes. */
export const differences = (planned: Versions, here: Versions): string[] =>
  deciding
    .filter((name) => partOf(planned, name) !== partOf(here, name))
    .map((name) => `${name} ${partOf(planned, name)} in the plan, ${partOf(here, name)} here`);

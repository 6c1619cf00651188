import { sha256 } from '../../ground/file/sha256.ts';
import { decidingParts, type Versions } from '../machine.ts';
import type { Task } from '../task.ts';

/** What all keys of ours in a server begin with. */
export const prefix = 'fewstep';

/** Who may do the units of a queue. */
export interface Suited {
  readonly provider: string;
  /** What decides bytes of the machines that may. */
  readonly versions: Versions;
  /** Whether any other machine may, too. */
  readonly mixed: boolean;
}

/** The queue for machines of one kind, which all make the same bytes; or for machines of any kind. */
export const queueName = ({ provider, versions, mixed }: Suited): string =>
  `${provider}-${mixed ? 'mixed' : sha256(JSON.stringify(decidingParts(versions))).slice(0, 12)}`;

/** A unit's name in a queue: adding it twice adds it once. */
export const jobIdOf = ({ run, place, kind, id }: Task): string => `${run}.${place}.${kind}.${id}`;

/** A key that tells workers to stop a unit that is under way. */
export const cancelKey = (jobId: string): string => `${prefix}-cancel.${jobId}`;

/** A key under which a worker says that it is there. */
export const workerKey = (worker: string): string => `${prefix}-worker.${worker}`;

/** A key under which a coordinator says for which machines its run is. */
export const runKey = (run: string): string => `${prefix}-run.${run}`;

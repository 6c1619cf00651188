import { type Disturbance, wrongEnding } from './command.ts';
import { below, type Kind } from './kind.ts';
import { emptyFolder, run } from './prepared.ts';
import { difference, resultsOf } from './results.ts';

/** Kills a run at a chosen change of a file, or at a random time, up to twice; then it must end as if nothing was. */
export const kill: Kind = async (random, prepared, index) => {
  const folder = emptyFolder(prepared.base, 'killed');
  const places: string[] = [];
  let killed = 0;
  for (let times = 1 + below(random, 2); times > 0; times--) {
    const at = 1 + below(random, prepared.changes);
    const killAfter = below(random, prepared.milliseconds);
    const timed = index % 3 === 2;
    const disturbance: Disturbance = timed ? { killAfter } : { env: { FAULT_AT: String(at) } };
    places.push(timed ? `after ${killAfter} ms` : `at change ${at}`);
    killed += (await run(folder, disturbance)).signal === 'SIGKILL' ? 1 : 0;
  }
  const ending = await run(folder);
  const failed = ending.code === 0 ? difference(resultsOf(folder), prepared.results) : ending.text.slice(-600);
  const wrong = wrongEnding(ending) ?? failed;
  return { what: places.join(', then '), ending: killed > 0 ? 'killed, resumed, equal' : 'ended before', wrong };
};

/** Whether two runs of a recipe ended alike, and how often units of one were begun. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEvaluation } from '../../src/evaluation/stage/evaluation-file.ts';
import { readPlan } from '../../src/tasks/plan.ts';
import { taskRecords } from '../../src/tasks/record.ts';

/** The only run in a folder of runs. */
export function onlyRun(folder: string): string {
  const [name = 'none', ...others] = readdirSync(join(folder, 'runs'));
  if (others.length > 0) throw new Error(`${folder}: expected one run, got ${[name, ...others]}`);
  return join(folder, 'runs', name);
}

/** What differs between two finished runs of a recipe: files whose bytes or numbers must be equal, units without a record. */
export async function differencesOf(expected: string, found: string): Promise<string[]> {
  const [wanted, got] = [sealedIn(expected), sealedIn(found)];
  const files = [...new Set([...wanted, ...got])].filter(
    (path) => !wanted.includes(path) || !got.includes(path) || !bytes(expected, path).equals(bytes(found, path)),
  );
  const [one, other] = [await readEvaluation(expected), await readEvaluation(found)];
  const rows = one.rows.filter(
    (row, index) => JSON.stringify(row.quality) !== JSON.stringify(other.rows[index]?.quality),
  );
  return [
    ...files.map((path) => `${path} differs`),
    ...rows.map(({ name, steps }) => `the quality of ${name} at ${steps} differs`),
    ...(one.rows.length === other.rows.length ? [] : [`${other.rows.length} rows, not ${one.rows.length}`]),
    ...(await lostUnits(found)),
    ...twiceCounted(found),
  ];
}

/** Files with tensors: trajectories, checkpoints, weights, samples. */
const sealedIn = (run: string): string[] =>
  readdirSync(run, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.safetensors'))
    .sort();

const bytes = (run: string, path: string): Buffer => readFileSync(join(run, path));

/** Planned units that nobody says to have done. */
async function lostUnits(run: string): Promise<string[]> {
  const [{ groups }, records] = [await readPlan(run), await taskRecords(run)];
  return groups.flatMap(({ kind, units }) =>
    units
      .filter((id) => records.get(kind)?.get(id)?.state !== 'done')
      .map((id) => `${kind}/${id} is ${records.get(kind)?.get(id)?.state ?? 'without a record'}`),
  );
}

/** Shards that the coordinator counted more than once. */
function twiceCounted(run: string): string[] {
  const lines = readFileSync(join(run, 'trajectories', 'times.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const counted = lines.map((line) => String((JSON.parse(line) as { index: unknown }).index));
  return [...new Set(counted.filter((index, place) => counted.indexOf(index) !== place))].map(
    (index) => `shard ${index} was counted twice`,
  );
}

/** How many units a run has, how often units were begun, and the seconds of those that were done. */
export async function workOf(run: string): Promise<{ units: number; begun: number; seconds: number }> {
  const all = [...(await taskRecords(run)).values()].flatMap((kind) => [...kind.values()]);
  return {
    units: all.length,
    begun: all.reduce((sum, { attempts }) => sum + attempts, 0),
    seconds: all.reduce((sum, { seconds = 0 }) => sum + seconds, 0),
  };
}

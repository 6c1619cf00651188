import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sizeOf } from '../src/ground/host-tensor.ts';
import { headShapes } from '../src/heads/network/config.ts';
import { type Cost, measuredCommand } from './measured-command.ts';
import { type RealHead, runOf, samples, trainingOf, writeScaleFiles } from './scale-files.ts';
import { table } from './table.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const cli = path('../dist/command-line/main.js');

/** One line of the table: what was done, and what is to be said of it. */
interface Line {
  readonly title: string;
  readonly cost: Cost;
  readonly note: string;
}

/**
 * Does with a head of real size what the command line does, each command a process of its own: seconds, largest resident
 * memory (also as a multiple of the head's parameters in float32), and throughput. Gives the table as text.
 */
export async function scaleTable(head: RealHead): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-scale-'));
  try {
    await writeScaleFiles(folder, head);
    const bytes = 4 * Object.values(headShapes(head.sizes)).reduce((sum, shape) => sum + sizeOf(shape), 0);
    const rows = (await lines(folder, head)).map((line) => {
      const [title = '', seconds = '', peak = '', note = ''] = cells(line);
      return [title, seconds, peak, (line.cost.peak / bytes).toFixed(2), note];
    });
    return table([[`${head.title}, ${(bytes / 4e6).toFixed(0)} M`, 's', 'peak MB', '× parameters', 'of it'], ...rows]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const cells = ({ title, cost: { seconds, peak }, note }: Line): string[] => [
  title,
  seconds.toFixed(1),
  (peak / 1e6).toFixed(0),
  note,
];

/** Runs the commands in their order; each line is told on the standard error as it comes. */
async function lines(folder: string, { family, contexts, solverSteps }: RealHead): Promise<Line[]> {
  const done: Line[] = [];
  const tell = (line: Line): void => {
    done.push(line);
    console.error(cells(line).join('  '));
  };
  const command = async (title: string, args: readonly string[], note: (cost: Cost) => Promise<string> | string) => {
    const cost = await measuredCommand(folder, [cli, ...args]);
    tell({ title, cost, note: await note(cost) });
  };
  const imported = ['teacher', 'import', 'source.safetensors', '--family', family, '--name', 'scale'];
  const applied = ['apply', 'teachers/scale', '--inputs', 'inputs.safetensors', '--out', 'out.safetensors'];
  await command('teacher import', imported, () => '');
  await command(`apply, one evaluation of ${samples} tokens`, applied, () => '');
  await command(
    `trajectories, ${contexts} × ${solverSteps} guided steps`,
    ['trajectories', 'recipe.yaml'],
    async () => {
      const { facts } = JSON.parse(await readFile(join(await runOf(folder), 'trajectories/manifest.json'), 'utf8'));
      return `${(contexts / facts.seconds).toFixed(1)} contexts/s, ${(facts.forwards / facts.seconds).toFixed(0)} forwards/s`;
    },
  );
  const distil = [cli, 'distill', 'recipe.yaml'];
  const interrupted = await measuredCommand(folder, distil, async () => exists(await checkpointOf(folder)));
  const [line] = (await readFile(join(await trainingOf(folder), 'metrics.jsonl'), 'utf8')).split('\n');
  const { step, secondsElapsed } = JSON.parse(line ?? '');
  const { size } = await stat(await checkpointOf(folder));
  const perStep = `${((1000 * secondsElapsed) / step).toFixed(0)} ms a step, a checkpoint of ${(size / 1e6).toFixed(0)} MB`;
  tell({ title: 'distill from the cache to a checkpoint, interrupted', cost: interrupted, note: perStep });
  await command('distill, resumed to its end', ['distill', 'recipe.yaml'], () => '');
  const online = await measuredCommand(folder, [
    '--import',
    import.meta.resolve('tsx'),
    path('online-step.ts'),
    'teachers/scale',
  ]);
  tell({
    title: 'distill with the teacher online',
    cost: online,
    note: `${Number(online.output).toFixed(0)} ms a step`,
  });
  const student = join(await trainingOf(folder), 'student.safetensors');
  await command('export, 1 and 4 steps', ['export', student, '--steps', '1,4', '--out', 'exported'], async () => {
    const exported = join(folder, 'exported');
    const sizes = (await readdir(exported)).map(
      async (file) => [file, (await stat(join(exported, file))).size] as const,
    );
    const megabytes = (ending: string, all: (readonly [string, number])[]): string =>
      (all.reduce((sum, [file, size]) => sum + (file.endsWith(ending) ? size : 0), 0) / 1e6).toFixed(1);
    const all = await Promise.all(sizes);
    return `programs ${megabytes('.onnx', all)} MB, weights beside them ${megabytes('.data', all)} MB`;
  });
  return done;
}

const checkpointOf = async (folder: string): Promise<string> =>
  join(await trainingOf(folder), 'checkpoint.safetensors');
const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

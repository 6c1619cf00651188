/** Runs of the command, one after another; what each came to is kept, sealed, with what made it. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { filledWords } from '../../distillation/recipe/command.ts';
import type { CommandRecipe, DistillRecipe } from '../../distillation/recipe/recipe.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import { CommandError, FileError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { sha256, sha256File } from '../../ground/file/sha256.ts';
import { runProgram } from '../../ground/process/program.ts';
import type { Progress } from '../../ground/progress.ts';
import { type GivenHead, givenStudent, givenTeacher } from './given-heads.ts';
import { type CommandRun, isGiven, runFile, wordsOf } from './planned-runs.ts';
import type { Made, Reading } from './reading.ts';

/** What runs are made in. */
export interface RunsContext {
  readonly recipe: DistillRecipe;
  readonly command: CommandRecipe;
  /** The students of the first seed. */
  readonly students: readonly TrainedStudent[];
  /** Hash of the teacher. */
  readonly teacher: string;
  /** Hash of the network that looks at images. */
  readonly judgeHash?: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Folder of all that the command makes. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** A run that was made: where what it came to is kept, and the seconds that it took. */
export interface MadeRun {
  readonly run: CommandRun;
  readonly path: string;
  readonly seconds: number;
}

/** Makes the runs that are not kept. Throws CommandError, FileError or DataError of the first that fails. */
export async function makeRuns<Content>(
  runs: readonly CommandRun[],
  reading: Reading<Content>,
  context: RunsContext,
): Promise<readonly MadeRun[]> {
  const { progress, folder } = context;
  const stage = progress.stage('command', runs.length, 'runs');
  const headOf = headsOf(context);
  const scripts = new Map<string, string>();
  const made: MadeRun[] = [];
  for (const run of runs) {
    const path = join(folder, `${runFile(run)}.${reading.suffix}`);
    const origin = await originOf(run, context, scripts);
    const kept = await keptOf(path, origin, reading);
    const { seconds } = kept ?? (await makeRun(run, path, origin, reading, { ...context, headOf }));
    made.push({ run, path, seconds });
    stage.advance(made.length, `${run.name}, ${run.steps} steps, seed ${run.seed}`);
  }
  stage.done();
  return made;
}

/** What is kept of this very run; undefined where nothing is, or it is not as it was written. */
async function keptOf<Content>(
  path: string,
  origin: string,
  reading: Reading<Content>,
): Promise<Made<Content> | undefined> {
  try {
    const made = await reading.kept(path);
    return made.origin === origin ? made : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

type HeadOf = (run: CommandRun) => Promise<GivenHead | undefined>;

async function makeRun<Content>(
  run: CommandRun,
  path: string,
  origin: string,
  reading: Reading<Content>,
  { recipe, command, folder, signal, headOf }: RunsContext & { readonly headOf: HeadOf },
): Promise<Made<Content>> {
  const place = resolve(folder, runFile(run));
  const out = await freshFolder(place);
  const head = await headOf(run);
  const sampler = head?.samplerOf(run.steps);
  const argv = filledWords(wordsOf(command, run), {
    ...(head && { head: head.head }),
    ...(sampler !== undefined && { sampler }),
    ...{ steps: String(run.steps), guidance: String(run.guidance), seed: String(run.seed) },
    ...{ samples: String(recipe.evaluation.samples), out },
  });
  const started = performance.now();
  await runProgram({
    ...{ argv, folder: resolve(command.folder), seconds: command.timeout, log: join(folder, runFile(run)) },
    ...(signal && { signal }),
  });
  const seconds = (performance.now() - started) / 1000;
  const made = { content: await reading.read(out), origin, seconds };
  await rename(out, place).catch((error) => {
    throw fileFailure(place, 'written', error);
  });
  await reading.keep(path, made);
  return made;
}

/**
 * An empty folder of a name that was never given before: a program that outlived a killed run writes into its own. What
 * earlier tries left at this place is removed; what fails stays until then.
 */
async function freshFolder(place: string): Promise<string> {
  const [parent, name] = [dirname(place), basename(place)];
  const out = `${place}.try-${randomUUID().slice(0, 8)}`;
  try {
    await mkdir(parent, { recursive: true });
    const left = (await readdir(parent)).filter((one) => one === name || one.startsWith(`${name}.try-`));
    for (const one of left) await rm(join(parent, one), { recursive: true, force: true });
    await mkdir(out);
    return out;
  } catch (error) {
    throw fileFailure(place, 'written', error);
  }
}

/** Writes each head when the first of its runs needs it. */
function headsOf({ recipe, command, students, teacher, versions, folder }: RunsContext): HeadOf {
  return async (run) => {
    if (!isGiven(recipe, command, run)) return undefined;
    const isTeacher = run.kind === 'teacher';
    const student = students.find(({ name }) => name === run.name);
    if (!isTeacher && student === undefined) throw new TypeError(`${run.name}: a student that was not trained`);
    const origin = [isTeacher ? teacher : student?.hash, command.format, versions.fewstep];
    const place = {
      folder: join(folder, 'heads', isTeacher ? run.kind : `student-${run.name}`),
      origin: sha256(JSON.stringify(origin)),
    };
    if (!isTeacher && student !== undefined) return givenStudent(recipe, command, student, place);
    return givenTeacher(recipe.teacher.kind === 'imported' ? recipe.teacher.path : '', place);
  };
}

/** Files that words name are a part of what a run follows from, up to this size; of larger ones size and time stand for them. */
const LARGE = 2 ** 26;

/** What a run follows from: its words, the files that they name, the head, and how it is read. */
async function originOf(run: CommandRun, context: RunsContext, scripts: Map<string, string>): Promise<string> {
  const { recipe, command, students, teacher, judgeHash = '', versions } = context;
  const words = wordsOf(command, run);
  const files: string[] = [];
  for (const word of words) {
    const path = resolve(command.folder, word);
    const known = scripts.get(path) ?? (await markOf(path));
    scripts.set(path, known);
    files.push(known);
  }
  const head = run.kind === 'teacher' ? teacher : students.find(({ name }) => name === run.name)?.hash;
  const { kind, name, steps, guidance, seed } = run;
  const { format, reads } = command;
  return sha256(
    JSON.stringify([
      ...[words, files, kind, name, head, format, steps, guidance, seed],
      ...[recipe.evaluation.samples, reads, judgeHash, versions.fewstep],
    ]),
  );
}

/** What tells whether a file has changed; empty where a word names none. */
async function markOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return '';
  return found.size > LARGE ? `${found.size} ${found.mtimeMs}` : sha256File(path);
}

/** What is kept of a run that was made a moment ago. Throws CommandError where another process took it away. */
export async function madeContent<Content>({ path }: MadeRun, reading: Reading<Content>): Promise<Content> {
  try {
    return (await reading.kept(path)).content;
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new CommandError(`${path}: expected what the command made, which was there a moment ago`, { cause });
  }
}

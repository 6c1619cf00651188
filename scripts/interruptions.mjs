// Interrupts runs at random moments of each stage and lets workers fail side by side; says how each ended.
//   npm run interruptions -- [--tries 20] [--seed 1]
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stream } from '../src/ground/random/philox.ts';

const { values } = parseArgs({ options: { tries: { type: 'string' }, seed: { type: 'string' } } });
const tries = Number(values.tries ?? 20);
const random = stream('interruptions', Number(values.seed ?? 1));
const main = resolve('dist/command-line/main.js');
const recipe = resolve('recipes/smoke.yaml');
const base = mkdtempSync(join(tmpdir(), 'fewstep-interruptions-'));

const training = 'training: {steps: 1200, batch: 256, learningRate: 2.0e-3, checkpointEvery: 300}';
const settings = [
  'engine.workers=2',
  'trajectories.contexts=1024',
  'trajectories.shardRows=64',
  'trajectories.steps=64',
  'trajectories.draws=16',
  `students=[${['one', 'two'].map((name) => `{name: ${name}, method: trajectory, head: {width: 128, depth: 2}, ${training}}`)}]`,
  'evaluation.samples=16384',
].flatMap((setting) => ['--set', setting]);

/** Starts a command; gives the process and how it ended. */
function start(cwd, command) {
  const child = spawn(process.execPath, [main, command, recipe, '--quiet', ...settings], { cwd });
  let text = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (piece) => (text += piece));
  return { child, ended: new Promise((done) => child.on('close', (code, signal) => done({ code, signal, text }))) };
}

async function finish(cwd, command) {
  const { code, text } = await start(cwd, command).ended;
  if (code !== 0) throw new Error(`${command} in ${cwd} ended with ${code}:\n${text}`);
}

const runOf = (cwd) => join(cwd, 'runs', readdirSync(join(cwd, 'runs'))[0] ?? 'none');
const students = (cwd) =>
  ['one', 'two']
    .map((name) => readFileSync(join(runOf(cwd), 'training', `${name}-seed1`, 'student.safetensors'), 'base64'))
    .join();
const filesIn = (cwd, folder) =>
  existsSync(join(cwd, 'runs')) && existsSync(join(runOf(cwd), folder)) ? readdirSync(join(runOf(cwd), folder)) : [];

/** Stages: the command whose files are there before, and what tells that the stage is under way. */
const stages = {
  trajectories: {
    live: (cwd) => filesIn(cwd, 'trajectories').some((name) => name.endsWith('.safetensors')),
    span: 1000,
  },
  training: {
    before: 'trajectories',
    live: (cwd) => filesIn(cwd, 'training/one-seed1').includes('metrics.jsonl'),
    span: 2500,
  },
  evaluation: { before: 'distill', live: (cwd) => filesIn(cwd, 'evaluation').length > 0, span: 3000 },
};

async function interrupt(cwd, { live, span }, signal) {
  const { child, ended } = start(cwd, 'run');
  while (!live(cwd) && child.exitCode === null) await sleep(5);
  await sleep(span * random.uniform(1)[0]);
  const before = performance.now();
  child.kill(signal);
  return { ...(await ended), seconds: (performance.now() - before) / 1000 };
}

/** A folder in which everything before a stage is done. */
async function preparedFor(stage) {
  const folder = join(base, `before-${stage}`);
  mkdirSync(folder);
  const { before } = stages[stage];
  if (before !== undefined) await finish(folder, before);
  return folder;
}

/** One try: what was wrong with how it ended, if anything, and the seconds that it took. */
async function attempt(cwd, stage, signal, resumes, whole) {
  const { code, text, seconds } = await interrupt(cwd, stages[stage], signal);
  if (code === 0) return { finished: true };
  const locks = readdirSync(runOf(cwd)).filter((name) => name.includes('lock'));
  const right = code === expected[signal] && text === 'interrupted; run the same command again to resume\n';
  if (!right || locks.length > 0) return { seconds, wrong: `ended with ${code}, locks [${locks}]:\n${text}` };
  if (!resumes) return { seconds };
  await finish(cwd, 'distill');
  return { seconds, ...(students(cwd) !== whole && { wrong: 'a resumed run made other students' }) };
}

/** Interrupts a stage so many times; every fifth time the run is resumed. Gives the number of tries that went wrong. */
async function interruptStage(prepared, stage, signal, whole) {
  const counts = { done: 0, finished: 0, wrong: 0, resumed: 0, longest: 0 };
  while (counts.done < tries) {
    if (counts.finished > 2 * tries) throw new Error(`${stage} ends before it is interrupted`);
    const cwd = join(base, 'try');
    cpSync(prepared, cwd, { recursive: true });
    const resumes = counts.done % 5 === 4;
    const { finished = false, wrong, seconds } = await attempt(cwd, stage, signal, resumes, whole);
    rmSync(cwd, { recursive: true });
    counts.finished += Number(finished);
    if (finished) continue;
    counts.done++;
    counts.longest = Math.max(counts.longest, seconds);
    counts.resumed += Number(resumes);
    if (wrong === undefined) continue;
    counts.wrong++;
    console.log(`${stage}, ${signal}: ${wrong}`);
  }
  console.log(
    `${stage}, ${signal}: ${tries - counts.wrong} of ${tries} ended with ${expected[signal]}, its message and no lock, ` +
      `after ${counts.longest.toFixed(1)} s at most; ${counts.resumed} were resumed; ${counts.finished} more had finished`,
  );
  return counts.wrong;
}

const expected = { SIGINT: 130, SIGTERM: 143 };
let wrong = 0;
try {
  const undisturbed = await preparedFor('evaluation');
  const whole = students(undisturbed);
  const prepared = {
    trajectories: await preparedFor('trajectories'),
    training: await preparedFor('training'),
    evaluation: undisturbed,
  };
  for (const stage of Object.keys(stages))
    for (const signal of Object.keys(expected)) wrong += await interruptStage(prepared[stage], stage, signal, whole);
} finally {
  rmSync(base, { recursive: true, force: true });
}
process.exitCode = wrong === 0 ? 0 : 1;

import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { ResolvedRecipe } from '../distillation/recipe/resolve.ts';
import { counted } from '../ground/counted.ts';
import { UsageError } from '../ground/errors.ts';
import { runPath } from '../ground/file/run-folder.ts';
import type { UnplacedPlan } from '../tasks/plan.ts';
import type { Engine, Submission } from '../tasks/submit/engine.ts';
import { type EngineName, engines } from '../tasks/submit/table.ts';
import { type AllowCommandOption, withAllowCommand } from './allow-command.ts';
import { runsFolder } from './kept-runs/text.ts';
import { labelled } from './phrase.ts';
import { type RecipeCommandOptions, recipeArgument, withSet } from './recipe-command.ts';
import { resolveFor } from './run-reference.ts';
import type { Terminal } from './terminal.ts';

type SubmitOptions = RecipeCommandOptions &
  AllowCommandOption & {
    readonly mixed?: boolean;
    readonly plugin?: readonly string[];
    readonly allowPlugins?: boolean;
  } & Readonly<Record<string, unknown>>;

const help = `
The machines share the working folder, with its runs, teachers and recipes. Without an engine the run is only opened, for
\`fewstep task\` by any scheduler. The first machine that does a unit decides of which kind all others must be; --mixed takes
any. docs/cluster/slurm.md, docs/cluster/kubernetes.md

Examples:
  fewstep submit recipes/digits.yaml --slurm --partition cpu --time 2:00:00 --memory 4G --at-once 64
  fewstep submit recipes/digits.yaml --kubernetes --queue redis://redis:6379 --parallelism 16 > digits.yaml`;

const names = Object.keys(engines) as EngineName[];

/** `fewstep submit`: hands a run to a cluster's engine. */
export function command(terminal: Terminal): Command {
  const submit = withAllowCommand(withSet(new Command('submit').argument('<recipe>', recipeArgument)))
    .description("Opens a run and hands its units, from trajectories to report, to a cluster's own engine.")
    .option('--mixed', 'machines may be of several kinds, whose bytes differ in the last bits')
    .option('--dry-run', 'print what would be submitted, and do nothing')
    .option('--json', 'print results as JSON, and no progress')
    .addHelpText('after', help);
  for (const name of names) submit.option(`--${name}`, engines[name].summary);
  for (const { flags, description } of new Map(allOptions()).values()) submit.option(flags, description);
  return submit.action(async (word: string, options: SubmitOptions) => {
    const engine = engineOf(options);
    const submitTo = engine?.readied(options);
    const resolved = await resolveFor('distill', word, options.set);
    const dryRun = options.dryRun === true;
    const onlyPlanned = dryRun || engine?.opensHere === false;
    const submission = submissionOf(resolved, await planFor(resolved, options, terminal, onlyPlanned), word, options);
    if (submitTo === undefined) return printOpened(submission, options, terminal);
    const { text, jobs } = await submitTo(submission);
    terminal.print(options.json === true ? JSON.stringify({ run: submission.path, jobs, text }, null, 2) : text);
  });
}

const allOptions = () => names.flatMap((name) => Object.entries<Engine['options'][string]>(engines[name].options));

/** The engine that the options name, whose options the others are. Throws UsageError where they do not fit. */
function engineOf(options: SubmitOptions): Engine | undefined {
  const [name, ...more] = names.filter((one) => options[one] === true);
  if (more.length > 0) throw new UsageError(`expected one of ${names.map((one) => `--${one}`).join(', ')}`);
  for (const [key, { flags }] of allOptions()) {
    if (options[key] === undefined || (name !== undefined && key in engines[name].options)) continue;
    const those = names.filter((one) => key in engines[one].options).map((one) => `--${one}`);
    throw new UsageError(`${flags.split(' ')[0]}: expected ${those.join(' or ')} beside it`);
  }
  return name && engines[name];
}

/** The plan of a run, which is opened unless nothing is to be written here. */
async function planFor(
  resolved: ResolvedRecipe<'distill'>,
  { mixed = false, allowCommand = false }: SubmitOptions,
  { note, signal }: Terminal,
  onlyPlanned: boolean,
): Promise<UnplacedPlan> {
  const { handOver, planned } = await import('../distill.ts');
  return (onlyPlanned ? planned : handOver)(resolved, { mixed, allowCommand, note, signal });
}

const submissionOf = (
  { recipe, hash }: ResolvedRecipe<'distill'>,
  plan: UnplacedPlan,
  word: string,
  { set, plugin = [], allowPlugins = false, allowCommand = false, dryRun = false }: SubmitOptions,
): Submission => ({
  run: `${recipe.name}-${hash}`,
  path: runPath(runsFolder, { name: recipe.name, hash }),
  plan,
  prepares: recipe.evaluation.features !== undefined,
  plugins: [...plugin.flatMap((file) => ['--plugin', file]), ...(allowPlugins ? ['--allow-plugins'] : [])],
  allowCommand,
  recipe: [word, ...set.flatMap((change) => ['--set', change])],
  program: [process.execPath, fileURLToPath(new URL('../../scripts/fewstep.mjs', import.meta.url))],
  folder: process.cwd(),
  dryRun,
});

function printOpened({ path, plan }: Submission, { json = false }: SubmitOptions, terminal: Terminal): void {
  const units = Object.fromEntries(plan.groups.map(({ kind, units: { length } }) => [kind, length]));
  const counts = Object.entries(units).map(([kind, count]) => [kind, counted(count, 'units')]);
  terminal.print(
    json ? JSON.stringify({ run: path, units }, null, 2) : labelled({ Run: path, ...Object.fromEntries(counts) }),
  );
}

import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ApplyRequest } from '../distillation/apply/apply.ts';
import type { Family } from '../heads/family/family.ts';
import { families, familyNames } from '../heads/family/table.ts';
import { flowRules } from '../heads/original/flow-rules.ts';
import { guidanceSchedules } from '../heads/original/guidance-schedule.ts';
import { numberBetween, wholeBetween } from './number-option.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** Where a token stands in its generation: `12/256`. */
interface Place {
  readonly made: number;
  readonly tokens: number;
}

type ApplyOptions = Omit<ApplyRequest, 'head' | 'threads' | 'made' | 'tokens'> &
  CommonOptions & { readonly token?: Place };

function place(text: string): Place {
  const [, made = '', tokens = ''] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (made !== '' && Number(tokens) > 0 && Number(made) <= Number(tokens))
    return { made: Number(made), tokens: Number(tokens) };
  throw new InvalidArgumentError('Expected two whole numbers such as 12/256.');
}

const scale = numberBetween(-1000, 1000);

/** Outputs that are printed; losses have one for every weight. */
const LISTED = 12;

/** What each family has of something, family by family; those without are left out. */
const listOf = (of: (family: Family) => readonly string[]): string =>
  familyNames()
    .map((name) => [name, of(families[name])] as const)
    .filter(([, names]) => names.length > 0)
    .map(([name, names]) => `\n  ${name} ${names.join(', ')}`)
    .join(';');

/** The losses' names of all families. */
const variants = familyNames().flatMap((name) => families[name].losses.flatMap(({ variant }) => variant ?? []));

/** The families whose times are steps of a process. */
const counted = familyNames()
  .filter((name) => families[name].losses[0]?.times.t === 'step')
  .join(' and ');

const help = `
Inputs, by name (G groups of conditions, one after the other: with prompt, [image only,] without; --group g reads g.x):
  velocity    x [R, D], t [R] (two-time heads also s), c [G*R, H]; or v [G*R, D], which are only mixed. Output: out
  flow        as velocity, at the flow's time (0 noise, 1 data) and x: the straight-line velocity of DDPM heads, too
  trajectory  x [B, D] (or states [n+1, B, D], of which the first is taken) or noise [B, D]; c [G*B, H]; z [n, B, D] of
              stochastic solvers; drawn by --seed and written out where absent. Output: x [n+1, B, D], t, v or pred_x0
  step        a solver's n steps by themselves: x and z [n, B, D] in rising order of the network's time, c.
              Output: <solver>_out [n, B, D], pred_x0 and, of ddpm, mean and log_variance
  jvp         as velocity, and x_tangent [R, D]. Output: out and its derivatives
  loss        the family's training loss (without --group of in.*): in.target and in.noise [B, D], in.c [B, H], in.t [B]
              (0 to 1; of ${counted} steps 0 to 999), in.mask [B] of 0 and 1, or none; of pocket-tts in.t_diag,
              in.s, in.t and weighting.w_s_t.*; what else the file holds is left alone.
              Output: loss.per_sample, loss.mean, loss.masked (mar also loss.mse, loss.vb, loss.total), and the mean's
              gradients grad.<weight> and grad.c (mar also grad_mse.*); pocket-tts all of it by variant, and metric.*
  one call    heads without a time (calm-energy): u [R, K] or [draws, R, K] and c [R, H]; velocity gives out, jvp with
              u_tangent the derivative out and the output value, trajectory x, of noise that is drawn where u is absent;
              loss takes in.c, in.u, in.mean and in.log_std [R, D], in.eps [targets, R, D], and gives pred, too
  students    x, s, t, c, c_uncond, w: u and x_next; a trajectory takes noise, c, c_uncond, w and --steps
Scalars cfg, cfg_img, timesteps_shift, noise_level, temperature and num_sampling_steps count where no option is given.

Instead of c, NextStep-1's heads take hidden states before image_out_projector as hidden, pocket-tts' c_cond and c_null.

Solvers (the first is usual):${listOf(({ rules }) => Object.keys(rules))};
  heads that came as ONNX ${Object.keys(flowRules).join(', ')}.
Variants of losses:${listOf(({ losses }) => losses.flatMap(({ variant }) => variant ?? []))}.

Example:
  fewstep apply teachers/nextstep --inputs a.safetensors --out b.safetensors
  fewstep apply teachers/nextstep --inputs a.safetensors --out b.safetensors --guidance 3 --guidance-norm
  fewstep apply teachers/nextstep --inputs a.safetensors --out b.safetensors --output trajectory --solver sde --steps 28 \\
    --guidance 7.5 --shift 3.2 --seed 1
  fewstep apply teachers/mar --inputs a.safetensors --group ddpm20cfg --out b.safetensors --output trajectory
  fewstep apply teachers/mar --inputs a.grad.safetensors --out b.safetensors --output loss
  fewstep apply students/nextstep/student --inputs a.safetensors --out b.npy --output trajectory --steps 4 --format npy`;

/** `fewstep apply`: a head's numbers on given tensors. */
export const command = (terminal: Terminal): Command =>
  new Command('apply')
    .argument('<head>', "a teacher's folder, or a student's folder or file")
    .description('Applies a teacher or a student to the tensors of a file: its outputs, or the samples of its system.')
    .requiredOption('--inputs <file>', 'safetensors file, or folder of .npy files')
    .requiredOption('--out <file>', 'what to write; with --format npy a folder')
    .option('--group <name>', 'what the names of the inputs start with, before a dot')
    .addOption(
      choice('--output <what>', 'what is computed', ['velocity', 'flow', 'trajectory', 'step', 'jvp', 'loss']).default(
        'velocity',
      ),
    )
    .addOption(
      choice('--variant <name>', "which of a family's losses; those whose inputs are there unless given", variants),
    )
    .option('--solver <name>', "the rule of a trajectory; the family's usual one unless given")
    .option('--steps <n>', 'steps of a trajectory', wholeBetween(1, 1000))
    .option('--skip <n>', 'steps that are left out before the first state', wholeBetween(0, 999))
    .option('--guidance <g>', 'guidance scale; 1 is none', scale)
    .option('--guidance-image <g>', 'second scale, of three groups of conditions', scale)
    .addOption(
      choice(
        '--guidance-schedule <name>',
        'how the scale changes over the tokens of a generation',
        Object.keys(guidanceSchedules),
      ),
    )
    .option(
      '--token <made/all>',
      'tokens made before this one (of linear-mar: with it) and in all, of guidance schedules',
      place,
    )
    .option('--guidance-norm', "shorten guided velocities to the conditional one's norm")
    .option('--shift <s>', 'time shift t/(s - (s - 1)t)', numberBetween(0.001, 1000))
    .option('--noise-level <l>', 'noise of the solvers sde and cps', numberBetween(0, 1))
    .option(
      '--temperature <t>',
      "factor of MAR's step noise; variance of pocket-tts' first noise",
      numberBetween(0, 100),
    )
    .option('--use-norm', 'normalize each sampled token (output denorm), whatever the card says')
    .option('--no-use-norm', 'do not')
    .option('--seed <seed>', 'seed of what is drawn', wholeBetween(0, 2 ** 32 - 1), 1)
    .addOption(choice('--format <format>', 'how results are written', ['safetensors', 'npy']).default('safetensors'))
    .option('--json', 'print results as JSON')
    .addHelpText('after', help)
    .action(async (head: string, { token, ...options }: ApplyOptions) => {
      const { applyHead } = await import('../distillation/apply/apply.ts');
      const outputs = await applyHead({ ...options, ...token, head, threads: availableParallelism() });
      const shapes = Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
      const all = Object.entries(shapes).map(([name, shape]) => `${name} [${shape.join(', ')}]`);
      const text = all.length > LISTED ? [...all.slice(0, LISTED), `and ${all.length - LISTED} more`] : all;
      terminal.print(
        options.json === true
          ? JSON.stringify({ out: options.out, outputs: shapes }, null, 2)
          : `${options.out}: ${text.join(', ')}`,
      );
    });

const choice = (flags: string, description: string, names: readonly string[]): Option =>
  new Option(flags, description).choices(names);

/** A closed loop that takes milliseconds: a program in a folder, and the recipe that names it. */
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { DistillRecipe } from '../../../src/distillation/recipe/recipe.ts';
import type { ByCommandOptions } from '../../../src/evaluation/command/by-command.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { writtenStill } from '../reference/written-reference.ts';

/** Gives tokens or pictures that lie beside it by seed, or numbers of its steps and seed; says what it was given. */
const program = `#!/bin/sh
head=$2
[ -e "$2" ] && head=$(basename "$2")
echo "$1 $head $3 $4 $5" >> runs.txt
case $1 in
  tokens) cp "tokens-$5-$3.safetensors" "$6/tokens.safetensors" ;;
  images) cp -r "pictures-$5" "$6/images" ;;
  metrics) more=; [ -e more ] && [ "$3" = 1 ] && more=', "more": 1'
    echo "{ \\"fid\\": $3.$5, \\"other\\": $5$more }" > "$6/metrics.json" ;;
esac
`;

/** A folder with the program, and how it is run. */
export interface SmallLoop {
  readonly folder: string;
  /** The recipe with a command that leaves this; `set` as `--set` takes it. */
  readonly recipe: (reads: string, ...set: string[]) => DistillRecipe;
  readonly options: ByCommandOptions;
  /** What the program was given since the last call, a line a run. */
  readonly runs: () => Promise<string[]>;
  /** Changes the program, in a comment. */
  readonly change: () => Promise<void>;
}

export async function smallLoop(): Promise<SmallLoop> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-loop-'));
  const path = await writtenStill(folder, 'one');
  const facts = { steps: 1, samples: 1, forwards: 1, seconds: 1 };
  const words = (reads: string, head: string): string =>
    JSON.stringify(['./loop.sh', reads, head, '{steps}', '{guidance}', '{seed}', '{out}']);
  const writeProgram = async (text: string): Promise<void> => {
    await writeFile(join(folder, 'loop.sh'), text);
    await chmod(join(folder, 'loop.sh'), 0o755);
  };
  await writeProgram(program);
  return {
    folder,
    recipe: (reads, ...set) =>
      smallRecipe(
        'evaluation.steps=[1,2]',
        `evaluation.command={ run: ${words(reads, '{head}')}, teacher: ${words(reads, 'none')}, reads: ${reads}, folder: ${folder} }`,
        ...set,
      ),
    options: {
      students: [{ name: 'one', method: 'trajectory', seed: 1, folder, path, hash: 'h', facts }],
      ...{ teacher: { hash: 't' }, run: join(folder, 'run'), versions: { fewstep: '1' }, progress: recordedProgress() },
    },
    async runs() {
      const lines = (await readFile(join(folder, 'runs.txt'), 'utf8').catch(() => '')).trim();
      await writeFile(join(folder, 'runs.txt'), '');
      return lines === '' ? [] : lines.split('\n');
    },
    change: () => writeProgram(`${program}# changed\n`),
  };
}

/** Tokens of two seeds: the teacher's at 8 steps and the student's at two are standard normal, those at one are moved by two. */
export async function writeTokens(folder: string, seeds: readonly number[], shape: readonly number[]): Promise<void> {
  for (const seed of seeds)
    for (const steps of [1, 2, 8]) {
      const data = stream('loop', seed, steps).normal(shape.reduce((size, side) => size * side));
      const moved = data.map((z) => z + (steps === 1 ? 2 : 0));
      await writeSafetensors(join(folder, `tokens-${seed}-${steps}.safetensors`), { tokens: { shape, data: moved } });
    }
}

/** Six pictures of a side for each of two seeds. */
export async function writePictures(folder: string, side: number): Promise<void> {
  for (const seed of [1, 2]) {
    const pictures = join(folder, `pictures-${seed}`);
    await mkdir(pictures);
    for (let i = 0; i < 6; i++) {
      const pixels = Buffer.from(
        stream('pictures', seed, i)
          .uniform(3 * side * side)
          .map((share) => 60 * i + 100 * share),
      );
      await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toFile(join(pictures, `${i}.png`));
    }
  }
}

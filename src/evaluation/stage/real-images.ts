import { join } from 'node:path';
import type { DistillRecipe, FeatureSource } from '../../distillation/recipe/recipe.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { ImageModel } from '../../teachers/teacher.ts';
import type { Judge } from '../features/judge.ts';
import { openJudge } from '../features/open-judge.ts';
import { measured } from '../metric/metric.ts';
import { prepareRows } from '../metric/prepared-rows.ts';
import { firstRows } from '../metric/shared.ts';
import { metrics, type Quality } from '../metric/table.ts';
import { comparedReal, type SeenImages } from '../real/compared-real.ts';
import { withRoot } from '../statistics/moments.ts';
import { realPath, writeRealFile } from './real-file.ts';
import type { Evaluation } from './result.ts';
import { writeSampleGrid } from './sample-grid.ts';
import { balancedLabels } from './sample-job.ts';

/** Real images: the file of what rows are compared with, and what a report tells and shows of them. */
export interface RealImages {
  readonly path: string;
  /** The metrics between two disjoint sets of them; between held-out images and what the recipe puts in their place. */
  readonly realReal: Quality;
  /** A picture of some of them, in the run's folder. */
  readonly grid: string;
  readonly network: NonNullable<Evaluation['features']>;
  /** What the recipe put in the place of held-out images. */
  readonly statistics?: NonNullable<Evaluation['statistics']>;
}

/** Looks at real images and at trained ones by the feature network, and keeps the features in the run's folder. */
export async function realImages(
  { evaluation, engine }: Pick<DistillRecipe, 'evaluation' | 'engine'>,
  model: ImageModel,
  features: FeatureSource,
  run: string,
): Promise<RealImages> {
  const { kind, provider, threads } = engine;
  const network = await openJudge(features, { kind, provider, threads });
  try {
    const [prompts, count] = [model.prompts.length, evaluation.samples];
    const featuresOf = async (images: HostTensor<Float32Array>) => (await network.extract(images)).features;
    const pictures = model.real(count, 0).images;
    const held = await featuresOf(pictures);
    const seen: SeenImages = { channels: pictures.shape.length === 3 ? 1 : 3, size: held.shape[1] ?? 0, prompts };
    const told =
      evaluation.statistics === undefined ? undefined : await comparedReal(evaluation.statistics, network, seen);
    const real = told === undefined ? { real: held } : told.real;
    const realOther = told === undefined ? await featuresOf(model.real(count, 1).images) : held;
    const learnt = model.trained?.(count);
    const trained = learnt && (await featuresOf(learnt));
    const path = realPath(run);
    const content = { ...real, realOther, labels: balancedLabels(count, prompts), blank: model.blank, network };
    const shown = { real: firstRows(pictures), ...(learnt && { trained: firstRows(learnt) }) };
    await writeRealFile(path, {
      ...content,
      ...(told === undefined ? { pictures: shown } : { statistics: told.statistics }),
      ...(trained && { trained }),
    });
    const grid = join('evaluation', 'real.png');
    await writeSampleGrid(join(run, grid), { pictures, inverted: model.inverted });
    const sets = {
      features: prepareRows(realOther, prompts),
      ...(real.real && { real: prepareRows(real.real, prompts) }),
      ...(real.moments && { realMoments: withRoot(real.moments) }),
    };
    return {
      ...{ path, grid },
      realReal: measured({ ...sets, ...(trained && { trained }) }, metrics),
      network: describe(network),
      ...(told && { statistics: told.statistics }),
    };
  } finally {
    await network.dispose();
  }
}

const describe = ({ name, hash, distance, accuracy }: Judge): RealImages['network'] => ({
  ...{ name, hash },
  ...(distance !== undefined && { distance }),
  ...(accuracy !== undefined && { accuracy }),
});

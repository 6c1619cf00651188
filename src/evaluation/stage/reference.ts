import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Blank, ImageModel, Teacher } from '../../teachers/teacher.ts';
import type { TokensByScale } from '../breakdown/by-guidance.ts';
import { loadFeatures } from '../features/features.ts';
import { measured } from '../metric/metric.ts';
import { type PreparedRows, prepareRows } from '../metric/prepared-rows.ts';
import { metrics, type Quality } from '../metric/table.ts';
import type { Evaluation } from './result.ts';
import { balancedLabels } from './sample-job.ts';
import { type RowSamples, readSamples, type SampledRow } from './samples.ts';

/** What all rows are compared with. */
export interface Reference {
  /** The teacher's tokens from the rows' own noise, and from other noise [C, m, D]. */
  readonly tokens: { readonly own: HostTensor<Float32Array>; readonly other: HostTensor<Float32Array> };
  /** Where the contexts' tokens are in their images [C]. */
  readonly position: HostTensor<Int32Array>;
  /** The teacher's tokens of other noise by guidance scale, the evaluation's own among them. */
  readonly byScale: TokensByScale;
  /** Tokens of the teacher's images [n, L, D], from the rows' own noise and from other. */
  readonly imageTokens?: { readonly own: HostTensor<Float32Array>; readonly other: HostTensor<Float32Array> };
  /** Tokens of the system's own sampler from other noise, where it was sampled. */
  readonly ownSampler?: HostTensor<Float32Array>;
  readonly images?: ImageReference;
}

/** What images are compared with, by their features. */
export interface ImageReference {
  readonly labels: Int32Array;
  readonly prompts: number;
  readonly blank: Blank;
  readonly real: PreparedRows;
  /** As many images that the teacher was trained on, where they are known. */
  readonly trained?: HostTensor<Float32Array>;
  /** As many other real images. */
  readonly realOther: PreparedRows;
  /** The teacher's images from the rows' own prompts and noise. */
  readonly teacher: PreparedRows;
  /** The teacher's images from the same prompts and other noise. */
  readonly teacherOther: PreparedRows;
  readonly realReal: Quality;
  /** Real images, and whether they are shown as ink on paper. */
  readonly pictures: HostTensor<Float32Array>;
  readonly inverted: boolean;
  readonly network: NonNullable<Evaluation['features']>;
}

/** Prepares what all rows are compared with: the teacher's two sets and, where there are images, real ones. */
export async function openReference(
  recipe: DistillRecipe,
  rows: readonly SampledRow[],
  teacher: Teacher,
): Promise<Reference> {
  const samplesOf = (other: boolean): Promise<RowSamples> => {
    const found = rows.find((row) => row.row.kind === 'teacher' && row.other === other);
    if (found === undefined) throw new TypeError('an evaluation without its teacher');
    return readSamples(found.path);
  };
  const [own, other] = [await samplesOf(false), await samplesOf(true)];
  const tokens = { own: own.tokens, other: other.tokens };
  const system = rows.find(({ row }) => row.own === true);
  const { guidance = recipe.evaluation.guidance } = rows[0] ?? {};
  const base = {
    ...{ tokens, position: own.position, byScale: new Map([...other.scaled, [guidance, other.tokens] as const]) },
    ...(own.image_tokens &&
      other.image_tokens && { imageTokens: { own: own.image_tokens, other: other.image_tokens } }),
    ...(system && { ownSampler: (await readSamples(system.path)).tokens }),
  };
  if (teacher.images === undefined || own.features === undefined || other.features === undefined) return base;
  return { ...base, images: await imageReference(recipe, teacher.images, own.features, other.features) };
}

async function imageReference(
  { evaluation, engine }: DistillRecipe,
  model: ImageModel,
  own: HostTensor<Float32Array>,
  other: HostTensor<Float32Array>,
): Promise<ImageReference> {
  if (evaluation.features === undefined)
    throw new DataError('evaluation.features: images are measured by a feature network, got none');
  const { kind, provider, threads } = engine;
  const network = await loadFeatures(evaluation.features, { kind, provider, threads });
  try {
    const prompts = model.prompts.length;
    const real = model.real(evaluation.samples, 0);
    const features = prepareRows((await network.extract(real.images)).features, prompts);
    const others = prepareRows((await network.extract(model.real(evaluation.samples, 1).images)).features, prompts);
    const trained = model.trained && (await network.extract(model.trained(evaluation.samples))).features;
    return {
      ...(trained && { trained }),
      prompts,
      blank: model.blank,
      labels: balancedLabels(evaluation.samples, prompts),
      real: features,
      realOther: others,
      teacher: prepareRows(own, prompts),
      teacherOther: prepareRows(other, prompts),
      realReal: measured({ features: others, real: features, ...(trained && { trained }) }, metrics),
      pictures: real.images,
      inverted: model.inverted,
      network: { name: network.name, hash: network.hash, accuracy: network.accuracy },
    };
  } finally {
    await network.dispose();
  }
}

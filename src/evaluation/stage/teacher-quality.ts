import type { Engine } from '../../engine/graph/program.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { SolverName } from '../../heads/solver/table.ts';
import type { TeacherQuality, TeacherQualityRow } from '../../teachers/image/quality.ts';
import type { ImageModel, Teacher } from '../../teachers/teacher.ts';
import type { Classifier } from '../features/extractor.ts';
import { accuracy, classesOf } from '../statistics/accuracy.ts';
import { frechetExpansion } from '../statistics/frechet.ts';
import { groupRows } from '../statistics/grouping.ts';
import { estimate } from '../statistics/interval.ts';
import { groupedMoments } from '../statistics/moments.ts';
import { teacherSampler } from './head-sampler.ts';
import { balancedLabels, tokenHead } from './sample-job.ts';

/** What is measured. */
export interface TeacherQualityOptions {
  readonly solver: SolverName;
  /** Pairs of guidance scale and step count. */
  readonly settings: readonly { readonly guidance: number; readonly steps: number }[];
  /** Images a setting. */
  readonly samples: number;
  readonly seed: number;
  readonly engine: Engine;
  /** Called with each row and its images [N, height, width, …]. */
  readonly onRow?: (row: TeacherQualityRow, images: HostTensor<Float32Array>) => void | Promise<void>;
}

/** Draws images from the same prompts and noise at every setting and compares them with real ones. */
export async function teacherQuality(
  teacher: Teacher,
  model: ImageModel,
  features: Classifier,
  options: TeacherQualityOptions,
): Promise<TeacherQuality> {
  const { samples, seed, solver, settings, onRow } = options;
  const grouping = groupRows(samples, { seed });
  const momentsOf = async (images: HostTensor<Float32Array>) =>
    groupedMoments((await features.extract(images)).features, grouping);
  const reference = await momentsOf(model.real(samples, 0).images);
  const floor = estimate(frechetExpansion(await momentsOf(model.real(samples, 1).images), reference));
  const rows: TeacherQualityRow[] = [];
  for (const setting of settings) {
    const { images, nfe, seconds, labels } = await draw(teacher, model, options, setting);
    const extracted = await features.extract(images);
    const classes = classesOf(extracted.logits);
    const row = {
      ...setting,
      nfe,
      seconds,
      fd: estimate(frechetExpansion(groupedMoments(extracted.features, grouping), reference)),
      accuracy: accuracy(classes, labels),
      accuracyByPrompt: model.prompts.map((_, prompt) => shareRight(classes, labels, prompt)),
    };
    rows.push(row);
    await onRow?.(row, images);
  }
  return { samples, solver, floor, rows };
}

async function draw(
  teacher: Teacher,
  model: ImageModel,
  { samples, seed, solver, engine }: TeacherQualityOptions,
  { guidance, steps }: { readonly guidance: number; readonly steps: number },
) {
  const labels = balancedLabels(samples, model.prompts.length);
  const noise = zeros([samples, model.tokens, teacher.token]);
  stream('teacher-quality', seed).normal(noise.data);
  const sampler = await teacherSampler(teacher, 1, solver, steps, engine);
  try {
    const { images, seconds } = await model.generate(
      { labels, noise },
      tokenHead(sampler, model.tokens, () => guidance),
    );
    return { images, seconds, labels, nfe: sampler.nfe };
  } finally {
    await sampler.dispose();
  }
}

function shareRight(classes: Int32Array, labels: Int32Array, prompt: number): number {
  const asked = classes.filter((_, i) => labels[i] === prompt);
  return asked.filter((found) => found === prompt).length / asked.length;
}

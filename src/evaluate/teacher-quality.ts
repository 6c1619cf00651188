import type { Engine } from '../graph/program.ts';
import { zeros } from '../head/initial.ts';
import type { HostTensor } from '../host-tensor.ts';
import { stream } from '../random/philox.ts';
import type { SolverName } from '../solver/table.ts';
import type { ImageModel, Teacher } from '../teacher/teacher.ts';
import { accuracy, classesOf } from './accuracy.ts';
import type { Extractor } from './feature-extractor.ts';
import { frechetExpansion } from './frechet.ts';
import { groupRows } from './grouping.ts';
import { teacherSampler } from './head-sampler.ts';
import { estimate } from './interval.ts';
import { groupedMoments } from './moments.ts';
import type { Estimate } from './result.ts';
import { balancedLabels, tokenHead } from './sample-job.ts';

/** A teacher's images at a step count. */
export interface TeacherQualityRow {
  readonly guidance: number;
  readonly steps: number;
  /** Head forwards a token; a guided step costs two. */
  readonly nfe: number;
  /** Fréchet distance to real images, as many as were drawn. */
  readonly fd: Estimate;
  /** Share of images that the feature network classifies as prompted. */
  readonly accuracy: Estimate;
  /** The same for each prompt, 0–1. */
  readonly accuracyByPrompt: readonly number[];
  readonly seconds: number;
}

/** What is measured. */
export interface TeacherQualityOptions {
  readonly solver: SolverName;
  /** Pairs of guidance scale and step count. */
  readonly settings: readonly { readonly guidance: number; readonly steps: number }[];
  /** Images a setting. */
  readonly samples: number;
  readonly seed: number;
  readonly engine: Engine;
  /** Called with each row and its images [N, 28, 28]. */
  readonly onRow?: (row: TeacherQualityRow, images: HostTensor<Float32Array>) => void | Promise<void>;
}

/** A teacher's quality against its number of steps, beside the distance between two sets of real images. */
export interface TeacherQuality {
  readonly samples: number;
  readonly solver: SolverName;
  readonly floor: Estimate;
  readonly rows: readonly TeacherQualityRow[];
}

/** Draws images from the same prompts and noise at every setting and compares them with real ones. */
export async function teacherQuality(
  teacher: Teacher,
  model: ImageModel,
  features: Extractor,
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
    const { images, seconds } = await model.generate({ labels, noise }, tokenHead(sampler, guidance));
    return { images, seconds, labels, nfe: sampler.nfe };
  } finally {
    await sampler.dispose();
  }
}

function shareRight(classes: Int32Array, labels: Int32Array, prompt: number): number {
  const asked = classes.filter((_, i) => labels[i] === prompt);
  return asked.filter((found) => found === prompt).length / asked.length;
}

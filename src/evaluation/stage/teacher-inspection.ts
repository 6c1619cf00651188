import path from 'node:path';
import type { Engine } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { formatJson } from '../../ground/file/json.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { imageGrid } from '../../teachers/data/image-grid.ts';
import { writeTeacherCardText } from '../../teachers/image/card.ts';
import type { TeacherQuality, TeacherQualityRow } from '../../teachers/image/quality.ts';
import { imageTeacher } from '../../teachers/image/teacher.ts';
import type { ImageModel } from '../../teachers/teacher.ts';
import { loadFeatures } from '../features/features.ts';
import { teacherQuality } from './teacher-quality.ts';

/** What `fewstep teacher inspect` measures. */
export interface TeacherInspectionOptions {
  /** Folder of the feature network. */
  readonly features: string;
  readonly engine: Engine;
  /** Images a setting. */
  readonly samples?: number;
  /** Guidance scale of the step counts. */
  readonly guidance?: number;
  readonly seed?: number;
  /** Called after each of `total` settings. */
  readonly progress?: (done: number, total: number, row: TeacherQualityRow) => void;
}

const STEPS = [1, 2, 4, 8, 16, 32, 64] as const;
/** Where the distance to real images is least among those that make at least 97 % of the images as prompted (digits). */
const DEFAULT_GUIDANCE = 1.5;
const GUIDANCE = [1, 1.5, 2, 3] as const;
/** Steps at which guidance scales are compared. */
const MANY_STEPS = 32;
const GRID_ROWS = 8;

/**
 * Measures an image teacher against its step count and guidance, and writes quality.json, card.md and samples.png
 * (8 of each prompt at 32 steps) into its folder.
 */
export async function inspectTeacher(folder: string, options: TeacherInspectionOptions): Promise<TeacherQuality> {
  const { engine, samples = 1000, guidance = DEFAULT_GUIDANCE, seed = 1, progress } = options;
  const features = await loadFeatures(options.features, engine);
  const teacher = await imageTeacher(folder, engine);
  try {
    if (teacher.images === undefined) throw new DataError(`${folder}: expected a teacher of images`);
    const model = teacher.images;
    const settings = [
      ...STEPS.map((steps) => ({ guidance, steps })),
      ...GUIDANCE.filter((scale) => scale !== guidance).map((scale) => ({ guidance: scale, steps: MANY_STEPS })),
    ];
    let done = 0;
    const quality = await teacherQuality(teacher, model, features, {
      solver: 'euler',
      settings,
      samples,
      seed,
      engine,
      onRow: async (row, images) => {
        if (row.steps === MANY_STEPS && row.guidance === guidance) await writeGrid(folder, images, model);
        progress?.(++done, settings.length, row);
      },
    });
    const file = path.join(folder, 'quality.json');
    const extractor = { name: features.name, hash: features.hash, accuracy: features.accuracy };
    await writeAtomic(
      file,
      formatJson(file, { teacher: teacher.hash, features: extractor, guidance, seed, ...quality }),
    );
    await writeTeacherCardText(folder, {
      ...quality,
      guidance,
      manySteps: MANY_STEPS,
      prompts: model.prompts,
      hash: teacher.hash,
      features: extractor,
    });
    return quality;
  } finally {
    await features.dispose();
    await teacher.dispose();
  }
}

async function writeGrid(
  folder: string,
  images: HostTensor<Float32Array>,
  { prompts, inverted }: ImageModel,
): Promise<void> {
  const columns = prompts.length;
  await writeAtomic(
    path.join(folder, 'samples.png'),
    await imageGrid(images, { columns, inverted, count: GRID_ROWS * columns }),
  );
}

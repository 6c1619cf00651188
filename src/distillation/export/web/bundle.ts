import { join } from 'node:path';
import { DataError, UsageError } from '../../../ground/errors.ts';
import { writeAtomic } from '../../../ground/file/atomic.ts';
import { formatJson } from '../../../ground/file/json.ts';
import { completeStage } from '../../../ground/file/manifest.ts';
import { replaceFolder } from '../../../ground/file/replace-folder.ts';
import { sha256File } from '../../../ground/file/sha256.ts';
import type { Progress } from '../../../ground/progress.ts';
import { versions } from '../../../ground/versions.ts';
import { imageDataSet } from '../../../teachers/data/table.ts';
import { readImageWeights } from '../../../teachers/image/weights.ts';
import { loadTeacher, teacherSource } from '../../../teachers/load.ts';
import type { DistillRecipe } from '../../recipe/recipe.ts';
import { readStudent } from '../../student/file.ts';
import { onnxOf } from '../onnx.ts';
import type { ExportRequest } from '../students.ts';
import { verifyExport } from '../verify.ts';
import { type BundleFacts, refuseOther } from './facts.ts';
import { type WebModelFile, webFormat } from './model-file.ts';
import { pageFiles } from './page-files.ts';
import { backboneFiles, backboneOnnx, studentOnnx, type WebProgram } from './programs.ts';
import { bundleReadme } from './readme.ts';
import { installedRuntime, type WebRuntime } from './runtime-files.ts';

/** A bundle to write: a run's students over their teacher's backbone. */
export interface BundleRequest {
  readonly recipe: DistillRecipe;
  /** The recipe's hash. */
  readonly hash: string;
  readonly students: readonly ExportRequest[];
  readonly folder: string;
  /** The onnxruntime-web that is put in; the installed one unless given. */
  readonly runtime?: WebRuntime | undefined;
}

/** What was written: bytes by file, and how far programs are from their weights. */
export interface WrittenBundle {
  readonly folder: string;
  readonly files: Readonly<Record<string, number>>;
  readonly difference: number;
}

/** Refuses a teacher that has no backbone: only an image model draws. Throws UsageError. */
export function imageTeacherFolder({ teacher }: DistillRecipe, where: string): string {
  if (teacher.kind === 'digits') return teacher.path;
  throw new UsageError(
    `${where}: expected a recipe with an image teacher for --bundle web, got one of kind ${teacher.kind}: it has no backbone that draws images`,
  );
}

/**
 * Writes a folder that draws images in a browser: backbone and samplers as ONNX, each checked against its weights, the
 * module and page that run them, and a manifest. A folder that holds anything but a bundle is refused. Throws FileError,
 * UsageError, or DataError where a student is not of this teacher.
 */
export async function writeWebBundle(request: BundleRequest, progress: Progress): Promise<WrittenBundle> {
  const { folder } = request;
  await refuseOther(folder);
  const runtime = 'runtime' in request ? request.runtime : await installedRuntime();
  const { model, programs, facts } = await contentOf(request, runtime);
  const files: Record<string, number> = {};
  let difference = 0;
  await replaceFolder(folder, async (staging) => {
    const put = async (name: string, content: Uint8Array | string): Promise<void> => {
      await writeAtomic(join(staging, name), content);
      files[name] = Buffer.byteLength(content);
    };
    const stage = progress.stage('bundle', programs.length, 'programs');
    for (const [i, { file, program, parameters }] of programs.entries()) {
      const bytes = onnxOf(program, { parameters });
      difference = Math.max(difference, await verifyExport(join(folder, file), bytes, program, { parameters }));
      await put(file, bytes);
      stage.advance(i + 1, file);
    }
    stage.done();
    await put('model.json', formatJson('model.json', model));
    for (const [name, bytes] of Object.entries(await pageFiles(runtime !== undefined))) await put(name, bytes);
    for (const [name, bytes] of Object.entries(runtime?.files ?? {})) await put(`ort/${name}`, bytes);
    const whole: BundleFacts = { ...facts, difference };
    await put('README.md', bundleReadme(whole, { files: { ...files }, prompt: model.data.prompts[0] ?? '' }));
    await completeStage(staging, Object.keys(files), whole);
  });
  return { folder, files, difference };
}

/** All that a bundle is made of. */
async function contentOf({ recipe, hash, students }: BundleRequest, runtime: WebRuntime | undefined) {
  const weights = await readImageWeights(imageTeacherFolder(recipe, recipe.name));
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  await teacher.dispose();
  const made = [];
  for (const request of students) made.push(await studentOf(request, teacher.hash));
  const { title, origin, size, channels, inverted, prompts, alphabet } = imageDataSet(weights.config.data);
  const { mean, std } = weights.normalization;
  const model: WebModelFile = {
    format: webFormat,
    name: recipe.name,
    data: { title, size, channels, inverted, prompts, alphabet },
    patch: weights.config.patch,
    normalization: { mean: [...mean], std: [...std] },
    blank: [...(teacher.images?.blank.value ?? [])],
    backbone: weights.config.backbone,
    programs: backboneFiles,
    guidance: recipe.evaluation.guidance,
    schedule: recipe.evaluation.guidanceSchedule ?? 'constant',
    students: made.map(({ told }) => told),
  };
  const programs: WebProgram[] = [...backboneOnnx(weights), ...made.flatMap((student) => student.programs)];
  const facts = {
    bundle: webFormat,
    recipe: { name: recipe.name, hash },
    teacher: { name: teacher.name, sha256: weights.hash },
    data: { title, origin },
    students: made.map(({ told: { name, method, samplers }, sha256 }) => ({
      ...{ name, method, sha256 },
      steps: samplers.map(({ steps }) => steps),
    })),
    versions: {
      fewstep: versions().fewstep ?? '',
      ...(runtime && { onnxruntimeWeb: runtime.version }),
    },
  } as const;
  return { model, programs, facts };
}

/** A student of the teacher of that hash, and its file's SHA-256. Throws DataError where it is another's. */
async function studentOf({ name, path, steps }: ExportRequest, teacher: string) {
  const student = await readStudent(path);
  if (student.metadata.teacher !== teacher)
    throw new DataError(
      `${path}: expected a student of the recipe's teacher ${teacher}, got one of ${student.metadata.teacher ?? 'none'}: the teacher's folder was changed since`,
    );
  return { ...studentOnnx(name, student, steps), sha256: await sha256File(path) };
}

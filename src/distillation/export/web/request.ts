import { UsageError } from '../../../ground/errors.ts';
import { labelOfWord } from '../../../teachers/data/prompt.ts';
import type { WebModelFile, WebSampler, WebStudent } from './model-file.ts';
import type { GenerateRequest } from './types.ts';

/** A request with all that it leaves to the model. */
export interface ResolvedRequest extends Pick<GenerateRequest, 'onToken'> {
  /** Indices of the data's prompts, one an image. */
  readonly labels: readonly number[];
  readonly student: WebStudent;
  readonly sampler: WebSampler;
  readonly guidance: number;
  readonly seed: number;
}

const MOST_IMAGES = 10_000;
const LARGEST_SEED = 2 ** 32 - 1;
const LARGEST_GUIDANCE = 100;

/** Checks a request and fills in what it leaves out. Throws UsageError, which says what was expected. */
export function resolveRequest(file: WebModelFile, request: GenerateRequest): ResolvedRequest {
  const {
    prompt,
    prompts = prompt === undefined ? [] : [prompt],
    guidance = file.guidance,
    seed = 1,
    onToken,
  } = request;
  if (prompts.length < 1 || prompts.length > MOST_IMAGES)
    throw new UsageError(`prompts: expected 1 to ${MOST_IMAGES}, got ${prompts.length}`);
  if (!(guidance >= 0 && guidance <= LARGEST_GUIDANCE))
    throw new UsageError(`guidance: expected a number from 0 to ${LARGEST_GUIDANCE}, got ${guidance}`);
  if (!(Number.isInteger(seed) && seed >= 0 && seed <= LARGEST_SEED))
    throw new UsageError(`seed: expected a whole number from 0 to ${LARGEST_SEED}, got ${seed}`);
  const labels = prompts.map((word) => labelOf(file.data.prompts, word));
  return { labels, ...chosenSampler(file, request), guidance, seed, ...(onToken && { onToken }) };
}

/** The student and sampler that a request chooses: the first, and the one of the most steps, unless given. Throws UsageError. */
export function chosenSampler(
  file: WebModelFile,
  request: Pick<GenerateRequest, 'student' | 'steps'>,
): Pick<ResolvedRequest, 'student' | 'sampler'> {
  const student = studentOf(file, request.student);
  return { student, sampler: samplerOf(student, request.steps) };
}

function labelOf(known: readonly string[], word: string): number {
  const label = labelOfWord(known, word);
  if (label < 0) throw new UsageError(`prompt ${word}: expected one of ${known.join(', ')}`);
  return label;
}

function studentOf({ students }: WebModelFile, name = students[0]?.name): WebStudent {
  const found = students.find((student) => student.name === name);
  if (found !== undefined) return found;
  throw new UsageError(`student: expected one of ${students.map((student) => student.name).join(', ')}, got ${name}`);
}

function samplerOf({ name, samplers }: WebStudent, asked?: number): WebSampler {
  const counts = samplers.map(({ steps }) => steps);
  const steps = asked ?? Math.max(...counts);
  const found = samplers.find((sampler) => sampler.steps === steps);
  if (found !== undefined) return found;
  throw new UsageError(`steps: expected one of ${counts.join(', ')}, which ${name} has in this bundle, got ${steps}`);
}

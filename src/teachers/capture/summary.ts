import { type Capture, openCapture } from './capture.ts';
import { splitRemarks } from './split.ts';
import { summarizeTensor, type TensorSummary } from './tensor-summary.ts';
import { type CaptureTensorName, captureTensorNames } from './tensors.ts';

/** What a capture holds, and what is wrong with it. */
export interface CaptureSummary {
  readonly path: string;
  readonly rows: number;
  readonly shards: number;
  readonly condition: number;
  readonly token?: number;
  /** Rows to train on and to test with. */
  readonly split: { readonly train: number; readonly test: number };
  readonly tensors: readonly TensorSummary[];
  /** What it cannot be used with, a sentence each. */
  readonly problems: readonly string[];
  /** What is unusual, a sentence each. */
  readonly remarks: readonly string[];
}

/** What a capture is to serve for. */
export interface CaptureUse {
  /** Guidance scale; 1 needs conditional states only. */
  readonly guidance: number;
  /** Scale of the image in three-way guidance, which needs image_only states, too. */
  readonly imageGuidance?: number;
  readonly onTensor?: (done: number, total: number) => void;
}

/** Reads a whole capture and says what it holds and what is wrong. Throws DataError or FileError where it cannot be. */
export async function summarizeCapture(path: string, use: CaptureUse): Promise<CaptureSummary> {
  const { onTensor } = use;
  const capture = await openCapture(path);
  const names = captureTensorNames.filter(capture.has);
  const tensors: TensorSummary[] = [];
  for (const name of names) {
    onTensor?.(tensors.length, names.length);
    tensors.push(await summarizeTensor(capture, name));
  }
  onTensor?.(tensors.length, names.length);
  const problems = [...tensors.flatMap(problemsOf), ...guidanceProblems(capture, use)];
  const split = { train: (await capture.split('train')).length, test: (await capture.split('test')).length };
  return {
    path,
    rows: capture.rows,
    shards: capture.shards.length,
    condition: capture.condition,
    ...(capture.token !== undefined && { token: capture.token }),
    split,
    tensors,
    problems,
    remarks: [
      ...tensors.flatMap((tensor) => remarksOf(tensor, tensors)),
      ...splitRemarks(capture.rows, await capture.positions()),
    ],
  };
}

function problemsOf({ name, notFinite, firstNotFinite: first }: TensorSummary): string[] {
  if (first === undefined) return [];
  const rest = notFinite > 1 ? ` (the first of ${notFinite})` : '';
  const place = `${first.file}: tensor ${name}: row ${first.row}, column ${first.column}`;
  return [`${place}: expected finite numbers, got ${first.value}${rest}`];
}

function guidanceProblems(capture: Capture, { guidance, imageGuidance }: CaptureUse): string[] {
  const lacking = (name: CaptureTensorName, what: string): string[] =>
    capture.has(name) ? [] : [`${capture.path}: expected a tensor named ${name} for ${what}, found none`];
  return [
    ...(guidance === 1 && imageGuidance === undefined ? [] : lacking('unconditional', `guidance ${guidance}`)),
    ...(imageGuidance === undefined ? [] : lacking('image_only', `image guidance ${imageGuidance}`)),
  ];
}

function remarksOf(tensor: TensorSummary, all: readonly TensorSummary[]): string[] {
  const { name, repeats, constant, shape } = tensor;
  const [rows = 0, columns = 0] = shape;
  const remarks: string[] = [];
  if (repeats > 0 && (name === 'conditional' || name === 'target'))
    remarks.push(`${name}: ${repeats} of ${rows} rows repeat an earlier one`);
  if (constant > 0 && rows > 1 && columns > 0 && name === 'conditional')
    remarks.push(`${name}: ${constant} of ${columns} channels hold one number only`);
  if (
    name === 'unconditional' &&
    sameNumbers(
      tensor,
      all.find((other) => other.name === 'conditional'),
    )
  )
    remarks.push('unconditional: has the moments of conditional to the last digit; were both taken from one group?');
  return remarks;
}

const sameNumbers = (a: TensorSummary, b: TensorSummary | undefined): boolean =>
  a.mean === b?.mean && a.std === b.std && a.min === b.min && a.max === b.max;

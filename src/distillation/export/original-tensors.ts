/** The tensors of a student, or of an imported head itself, as the original system holds them: names, prefix, shapes. */
import { DataError } from '../../ground/errors.ts';
import { type DtypeName, dtypeOf } from '../../ground/file/dtype.ts';
import type { StoredTensor } from '../../ground/file/stored-tensors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { type HeadConfig, headShapes, sizesOf } from '../../heads/network/config.ts';
import type { OpenImported } from '../../teachers/imported/weights.ts';
import type { Student } from '../student/file.ts';
import { studentShapes } from '../student/network.ts';

/** An element type that weights are written in. */
export type WrittenDtype = Extract<DtypeName, 'F32' | 'BF16' | 'F16'>;

/**
 * The tensors of an imported head under their original names: bit by bit as they came, or its trainable ones in another
 * element type.
 */
export function headTensors({ head, file, path }: OpenImported, dtype?: WrittenDtype): StoredTensor[] {
  const own = new Set(trainableNames(head));
  return [...file.header].map(([name, entry]) => {
    const converted = dtype !== undefined && dtype !== entry.dtype && own.has(name);
    const bytes = async (): Promise<Uint8Array> =>
      converted ? encoded(`${path}: tensor ${name}`, dtype, (await file.read(name)).data) : file.readBytes(name);
    return { name, shape: entry.shape, dtype: converted ? dtype : entry.dtype, bytes };
  });
}

/**
 * The tensors of a student in the place of the imported head that it was made from: the head's own with the student's
 * numbers, what came along as it is, and what the student has beside, under the prefix. Variances behind the prediction,
 * which a student does not have, stay the teacher's. Throws DataError where the student is none of this head.
 */
export function studentTensors(student: Student, teacher: OpenImported, dtype: WrittenDtype): StoredTensor[] {
  checkKin(student, teacher);
  const { prefix } = teacher.head;
  const own = new Set(trainableNames(teacher.head));
  const kept = headTensors(teacher).filter(({ name }) => !own.has(name));
  const written = (name: string, shape: readonly number[], data: () => Promise<Float32Array>): StoredTensor => {
    const place = `student ${student.metadata.name ?? ''}: tensor ${name}`;
    return { name, shape, dtype, bytes: async () => encoded(place, dtype, await data()) };
  };
  const trained = Object.entries(student.parameters).map(([bare, tensor]) => {
    const name = prefix + bare;
    const shape = own.has(name) ? (teacher.file.header.get(name)?.shape ?? tensor.shape) : tensor.shape;
    return written(name, shape, () => filledUp(tensor, shape, teacher, name));
  });
  return [...trained, ...kept];
}

/** The names of the tensors that a student has beside its head's own, without the prefix. */
export const addedTensors = ({ config }: Student): string[] => {
  const own = headShapes(config);
  return Object.keys(studentShapes(config)).filter((name) => !Object.hasOwn(own, name));
};

/** A head's trainable tensors by their full names; stored frequencies are none. */
const trainableNames = ({ sizes, prefix }: OpenImported['head']): string[] =>
  Object.keys(headShapes(sizes)).map((name) => prefix + name);

/** A student's numbers, with the teacher's last rows behind them where the original tensor has more. */
async function filledUp(
  { shape, data }: HostTensor<Float32Array>,
  wanted: readonly number[],
  { file }: OpenImported,
  name: string,
): Promise<Float32Array> {
  const [rows = 0] = shape;
  const [all = rows] = wanted;
  if (all === rows) return data;
  const rest = (await file.readRows(name, rows, all)).data;
  const whole = new Float32Array(data.length + rest.length);
  whole.set(data);
  whole.set(rest, data.length);
  return whole;
}

/** Numbers in an element type; one too large for it is refused, not made infinite. */
function encoded(place: string, dtype: WrittenDtype, data: ArrayLike<number>): Uint8Array {
  const numbers = data instanceof Float32Array ? data : Float32Array.from(data);
  const largest = dtype === 'F16' ? 65_519 : Number.POSITIVE_INFINITY;
  const bad = numbers.findIndex((value) => Math.abs(value) > largest);
  if (bad >= 0) throw new DataError(`${place}: expected numbers that ${dtype} can hold, got ${numbers[bad]}`);
  return dtypeOf(dtype).encode?.(numbers) ?? new Uint8Array();
}

/** Throws DataError where a student's head is not of the sizes and conventions of an imported one. */
function checkKin({ config, metadata }: Student, { card, head, path }: OpenImported): void {
  const { name = '', teacherWeights = card.weights } = metadata;
  if (teacherWeights !== card.weights)
    throw new DataError(
      `${path}: expected the weights that the student ${name} was distilled from (${teacherWeights.slice(0, 12)}…), ` +
        `found ${card.weights.slice(0, 12)}…`,
    );
  const [own, theirs] = [kinship(config), kinship({ ...head.sizes, ...card.conventions, timeScale: card.timeScale })];
  for (const [what, expected] of Object.entries(theirs))
    if (own[what] !== expected)
      throw new DataError(
        `${path}: expected a student of this head, whose ${what} is ${expected}, got ${own[what]} in the student ` +
          `${name}: those with a head of their own in the recipe cannot replace it`,
      );
}

/** What a student and its head have in common. */
function kinship(config: HeadConfig): Readonly<Record<string, string | number | boolean>> {
  const { architecture = 'residual', depth, timeScale } = config;
  const { prediction = 'velocity', truncateTime = false, bf16Time = false } = config;
  const { output: _, ...sizes } = sizesOf(config);
  return { architecture, ...sizes, depth, prediction, timeScale, truncateTime, bf16Time };
}

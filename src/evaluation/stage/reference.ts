import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Blank } from '../../teachers/teacher.ts';
import type { TokensByScale } from '../breakdown/by-guidance.ts';
import { type PreparedRows, prepareRows } from '../metric/prepared-rows.ts';
import { type FixedMoments, withRoot } from '../statistics/moments.ts';
import { type RealContent, readRealFile } from './real-file.ts';
import { readSamples, type SampledRow } from './samples.ts';

/** The files of what all rows are compared with. */
export interface ReferenceFiles {
  /** Samples of the teacher from the rows' own noise, and from other. */
  readonly own: string;
  readonly other: string;
  /** Samples of the system's own sampler, where there are any. */
  readonly system?: string;
  /** What is kept of real images, where there are images. */
  readonly real?: string;
  /** The guidance scale under which all was sampled. */
  readonly guidance: number;
}

/** The files among rows of one guidance scale. */
export function referenceFiles(rows: readonly SampledRow[], guidance: number, real?: string): ReferenceFiles {
  const pathOf = (other: boolean): string => {
    const found = rows.find((row) => row.row.kind === 'teacher' && row.other === other);
    if (found === undefined) throw new TypeError('an evaluation without its teacher');
    return found.path;
  };
  const system = rows.find(({ row }) => row.own === true);
  return {
    ...{ own: pathOf(false), other: pathOf(true), guidance },
    ...(system && { system: system.path }),
    ...(real !== undefined && { real }),
  };
}

/** What all rows are compared with. */
export interface Reference {
  /** The teacher's tokens from the rows' own noise, and from other noise [C, m, D]. */
  readonly tokens: { readonly own: HostTensor<Float32Array>; readonly other: HostTensor<Float32Array> };
  /** Where the contexts' tokens are in their images [C]. */
  readonly position: HostTensor<Int32Array>;
  /** The teacher's tokens of other noise by guidance scale, the rows' own among them. */
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
  /** Features of real images, or mean and covariance of such alone. */
  readonly real?: PreparedRows;
  readonly moments?: FixedMoments;
  /** As many images that the teacher was trained on, where they are known. */
  readonly trained?: HostTensor<Float32Array>;
  /** The first images of both [n, height, width, …]. */
  readonly pictures?: RealContent['pictures'];
  /** The teacher's images from the rows' own prompts and noise. */
  readonly teacher: PreparedRows;
  /** The teacher's images from the same prompts and other noise. */
  readonly teacherOther: PreparedRows;
}

/** Reads what all rows are compared with: the teacher's two sets and, where there are images, real ones. Throws FileError. */
export async function readReference(files: ReferenceFiles): Promise<Reference> {
  const [own, other] = [await readSamples(files.own), await readSamples(files.other)];
  const base = {
    tokens: { own: own.tokens, other: other.tokens },
    position: own.position,
    byScale: new Map([...other.scaled, [files.guidance, other.tokens] as const]),
    ...(own.image_tokens &&
      other.image_tokens && { imageTokens: { own: own.image_tokens, other: other.image_tokens } }),
    ...(files.system !== undefined && { ownSampler: (await readSamples(files.system)).tokens }),
  };
  if (files.real === undefined || own.features === undefined || other.features === undefined) return base;
  const { real, moments, realOther: _, ...content } = await readRealFile(files.real);
  const prompts = 1 + content.labels.reduce((most, label) => Math.max(most, label), 0);
  const prepared = (features: HostTensor<Float32Array>): PreparedRows => prepareRows(features, prompts);
  const images = {
    ...content,
    ...{ prompts, teacher: prepared(own.features), teacherOther: prepared(other.features) },
    ...(real && { real: prepared(real) }),
    ...(moments && { moments: withRoot(moments) }),
  };
  return { ...base, images };
}

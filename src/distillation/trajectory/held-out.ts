/** The held-out set of a cache: paths of contexts that no student is trained on, to measure students on while they train. */
import type { HostTensor } from '../../ground/host-tensor.ts';
import { rowsAt } from '../../teachers/solve/chunk.ts';
import type { ContextRequest, Contexts, Teacher } from '../../teachers/teacher.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';

/** How many contexts are held out, and draws of each: enough of these for the distance of two sets of draws. */
export interface HeldOutSizes {
  readonly contexts: number;
  readonly draws: number;
  /** Draws of the system's own sampler, where its ends are cached. */
  readonly ownEnds?: number;
}

const DRAWS = 16;
const [FEWEST, MOST] = [8, 64];
/** Paths that are trained on for each that is held out, where that leaves enough. */
const SHARE = 16;

/** The held-out set of a cache: a sixteenth of its paths, between 8 and 64 contexts of 16 draws, of own ends as many. */
export function heldOutSizes({
  contexts,
  draws,
  ownEnds,
}: Pick<DistillRecipe['trajectories'], 'contexts' | 'draws' | 'ownEnds'>): HeldOutSizes {
  const affordable = Math.floor((contexts * draws) / (SHARE * DRAWS));
  return { contexts: Math.min(MOST, Math.max(FEWEST, affordable)), draws: DRAWS, ...(ownEnds && { ownEnds: DRAWS }) };
}

/**
 * Contexts of as many images as rows, where the teacher's are of whole images: one of each, its place going round. Few
 * contexts that came image after image would be of a handful of images.
 */
export async function contextsApart(
  teacher: Pick<Teacher, 'contexts' | 'images'>,
  request: ContextRequest,
): Promise<Contexts> {
  const tokens = teacher.images?.tokens ?? 1;
  if (tokens === 1) return teacher.contexts(request);
  const all = await teacher.contexts({ ...request, rows: request.rows * tokens });
  const rows = Array.from({ length: request.rows }, (_, image) => image * tokens + (image % tokens));
  const { imageOnly } = all;
  return {
    conditional: rowsAt(all.conditional, rows),
    unconditional: rowsAt(all.unconditional, rows),
    ...(imageOnly !== undefined && { imageOnly: rowsAt(imageOnly, rows) }),
    position: numbersAt(all.position, rows),
    provenance: numbersAt(all.provenance, rows),
  };
}

const numbersAt = ({ data }: HostTensor<Int32Array>, rows: readonly number[]): HostTensor<Int32Array> => ({
  shape: [rows.length],
  data: Int32Array.from(rows, (row) => data[row] ?? 0),
});

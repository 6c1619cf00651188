import type { Estimate } from '../../ground/estimate.ts';
import type { SolverName } from '../../heads/solver/table.ts';

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

/** A teacher's quality against its number of steps, beside the distance between two sets of real images. */
export interface TeacherQuality {
  readonly samples: number;
  readonly solver: SolverName;
  readonly floor: Estimate;
  readonly rows: readonly TeacherQualityRow[];
}

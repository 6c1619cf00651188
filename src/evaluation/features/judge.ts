import type { Extractor } from './extractor.ts';

/** A feature network, ready to run. */
export interface Judge extends Extractor {
  readonly name: string;
  /** SHA-256 of the weights; of a graph, of the whole of it. */
  readonly hash: string;
  /** What the Fréchet distance on its features is called, where it is not FD. */
  readonly distance?: string;
  /** Of networks that tell classes: share of test images that it classifies rightly, 0–1. */
  readonly accuracy?: number;
}

import type { HeadConfig } from '../../src/heads/network/config.ts';
import { head } from '../training-step.ts';

/** The heads that are compared, by short names. */
export const comparedHeads = {
  digits: { label: 'digits 49/192/256×3', config: head(49, 192, 256, 3) },
  middle: { label: '16/768/512×3', config: head(16, 768, 512, 3) },
  large: { label: '64/1024/1024×6', config: head(64, 1024, 1024, 6) },
} as const;

/** A head's name among them. */
export type HeadName = keyof typeof comparedHeads;

/** A head's sizes as the other side takes them. */
export const sizes = ({ token, condition, width, depth, timeScale }: HeadConfig): number[] => [
  token,
  condition,
  width,
  depth,
  timeScale,
];

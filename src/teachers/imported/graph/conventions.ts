import { UsageError } from '../../../ground/errors.ts';
import type { GraphCard } from './card.ts';
import type { Told } from './told.ts';

/** The conventions of a card from what is told of times, prediction and guidance. Throws UsageError where these cannot be. */
export function conventionsOf({
  times = { noise: 0, data: 1 },
  integerTimes,
  predicts,
  betas,
  startIndex,
  guidance,
}: Told): Pick<GraphCard, 'timeScale' | 'conventions'> {
  const ddpm = predicts?.startsWith('ddpm-') === true;
  if (!ddpm && (betas !== undefined || startIndex !== undefined))
    throw new UsageError(
      '--betas and --start-index: expected a head that predicts ddpm-noise, ddpm-velocity or ddpm-data',
    );
  if (Math.min(times.noise, times.data) !== 0 || times.noise === times.data)
    throw new UsageError(
      `--times: expected 0 at noise or at data, and more at the other, got ${times.noise},${times.data}`,
    );
  return {
    timeScale: ddpm ? 1 : Math.max(times.noise, times.data),
    conventions: {
      ...(!ddpm && times.data === 0 && { reversedTime: true }),
      ...(integerTimes && { truncateTime: true }),
      ...(predicts !== undefined && predicts !== 'velocity' && { prediction: predicts }),
      ...(guidance === 'condition' && { guidance }),
      ...(betas === 'linear' && { betas }),
      ...(startIndex !== undefined && { startIndex }),
    },
  };
}

import { UsageError } from '../../../ground/errors.ts';
import type { GraphCard } from './card.ts';
import type { Roles } from './roles.ts';
import type { Told } from './told.ts';

/** The conventions of a card from what is told of times, prediction and guidance. Throws UsageError where these cannot be. */
export function conventionsOf(
  { times = { noise: 0, data: 1 }, integerTimes, predicts, betas, startIndex, ...told }: Told,
  roles: Pick<Roles, 'w' | 'unconditional'> = {},
): Pick<GraphCard, 'timeScale' | 'conventions'> {
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
      ...guidanceOf(told, roles),
      ...(betas === 'linear' && { betas }),
      ...(startIndex !== undefined && { startIndex }),
    },
  };
}

/** What guidance combines; nothing, of a head with an input for the scale. */
function guidanceOf(
  { guidance, unguided }: Pick<Told, 'guidance' | 'unguided'>,
  { w, unconditional }: Pick<Roles, 'w' | 'unconditional'>,
): Pick<GraphCard['conventions'], 'guidance'> {
  if (w === undefined) {
    if (unguided !== undefined)
      throw new UsageError(`--unguided ${unguided}: expected --role w=<name>, an input for the guidance scale`);
    return guidance === 'condition' ? { guidance } : {};
  }
  if (guidance !== undefined)
    throw new UsageError(`--guidance ${guidance}: expected none, the head takes its scale itself, as ${w}`);
  return { guidance: unconditional === undefined ? 'scale' : 'inside' };
}

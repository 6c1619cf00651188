import type { FamilyName } from '../../../heads/family/family.ts';
import type { LossObjective } from './objective.ts';
import { calmLoss, marLoss, marNoiseLoss, nextstepLoss, vibevoiceLoss } from './one-time.ts';
import { selfDistillation } from './self-distillation.ts';

/** What each family is trained with. */
export const lossObjectives: Readonly<Record<FamilyName, readonly LossObjective[]>> = {
  nextstep: [nextstepLoss],
  mar: [marLoss, marNoiseLoss],
  'pocket-tts': selfDistillation,
  vibevoice: [vibevoiceLoss],
  'calm-flow': [calmLoss],
};

/** What is looked at beside the loss, now and then: the raw error, and what is held out. */
import { UsageError } from '../../ground/errors.ts';
import type { Layout } from './arena.ts';
import type { TrainingState } from './optimizer.ts';
import type { TrainingOptions, TrainingTask } from './task.ts';
import { type Look, type OpenValidation, openValidation, type standing } from './validation.ts';
import { openWatch, type Verdict, type Watch } from './watch.ts';

/** The looks of a training. */
export interface Looks {
  /** Takes in what was logged before the step that training starts at. */
  readonly recall: () => void;
  /** What is measured after a step, by the names that it is logged under; nothing after most steps. */
  readonly at: (done: number) => Promise<Readonly<Record<string, number>>>;
  /** What the raw errors tell. */
  readonly verdict: () => Verdict | undefined;
  /** The best look at what is held out. */
  readonly best: () => Look | undefined;
  /** Whether patience with it is at its end. */
  readonly ended: () => boolean;
  readonly dispose: () => Promise<void>;
}

type Watched = Pick<TrainingTask, 'probe' | 'validation'>;

/** Opens the looks at weights in their place, and looks at what training starts from. Throws UsageError as `train`. */
export async function openLooks(
  { probe, validation: measured }: Watched,
  layout: Layout,
  state: TrainingState,
  options: TrainingOptions,
): Promise<Looks> {
  const { probeEvery, patience = Number.POSITIVE_INFINITY, engine, name = 'training' } = options;
  if (options.patience !== undefined && !(measured && probeEvery))
    throw new UsageError(`${name}: patience ${patience}: expected looks at a held-out set, got none`);
  const watch: Watch | undefined =
    probe && probeEvery ? await openWatch(probe, layout, state.parameters, engine) : undefined;
  let validation: OpenValidation | undefined;
  const dispose = async (): Promise<void> => {
    await watch?.dispose();
    await validation?.dispose();
  };
  try {
    await watch?.look(0); // before a checkpoint takes the place of what training starts from
    if (measured && probeEvery) validation = await openValidation(measured, layout, state, engine);
  } catch (error) {
    await dispose();
    throw error;
  }
  const now = (): ReturnType<typeof standing> => validation?.standing() ?? { since: 0 };
  return {
    recall: () => {
      watch?.recall(options.earlierErrors?.() ?? []);
      validation?.recall(options.earlierLooks?.() ?? []);
    },
    at: async (done) => {
      if (!probeEvery || done % probeEvery !== 0) return {};
      return { ...(watch && { rawError: await watch.look(done) }), ...(await validation?.look(done)) };
    },
    verdict: () => watch?.verdict(),
    best: () => now().best,
    ended: () => now().since >= patience,
    dispose,
  };
}

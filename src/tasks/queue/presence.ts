/** Who is there: workers and coordinators write a key that lapses when they fall silent. */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { shownText } from '../../ground/field.ts';
import { prefix } from './names.ts';

/** How often one writes, and after what silence one counts as gone. */
const BEAT_MILLISECONDS = 10_000;
const SILENT_SECONDS = 35;

const versionsSchema = z.record(z.string().max(40), shownText.max(300));

/** What workers and coordinators say of themselves; read as strictly as anything of others. */
const presentSchema = z.strictObject({
  provider: shownText.max(40),
  versions: versionsSchema,
  mixed: z.boolean(),
  /** Units at a time, of workers. */
  slots: z.int().positive().exactOptional(),
});

/** What one says of itself. */
export type Present = z.output<typeof presentSchema>;

/** Says that one is there until the function that it gives is called. */
export async function announce(redis: Redis, key: string, present: Present): Promise<() => Promise<void>> {
  const write = (): Promise<unknown> => redis.set(key, JSON.stringify(present), 'EX', SILENT_SECONDS);
  await write();
  const beat = setInterval(() => void write().catch(() => undefined), BEAT_MILLISECONDS);
  beat.unref();
  return async () => {
    clearInterval(beat);
    if (redis.status === 'ready') await redis.del(key).catch(() => undefined);
  };
}

/** Who of a kind is there, by the rest of the key. */
export async function presentOnes(redis: Redis, kind: 'worker' | 'run'): Promise<Map<string, Present>> {
  const found = new Map<string, Present>();
  const start = `${prefix}-${kind}.`;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${start}*`, 'COUNT', 500);
    cursor = next;
    for (const key of keys) {
      const present = presentOf(await redis.get(key));
      if (present !== undefined) found.set(key.slice(start.length), present);
    }
  } while (cursor !== '0');
  return found;
}

function presentOf(text: string | null): Present | undefined {
  try {
    return presentSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined; // gone meanwhile, or not ours
  }
}

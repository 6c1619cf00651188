import { Redis } from 'ioredis';
import { EngineError, UsageError } from '../../ground/errors.ts';

/** Before the first answer a server is tried so often; afterwards it is waited for, whatever happens to it. */
const FIRST_TRIES = 5;
const LONGEST_WAIT_MILLISECONDS = 5_000;

/** A connection on which a command gets no answer for so long is made anew: a cut cable ends none. The longest wait of BullMQ is 10 s. */
const SILENT_MILLISECONDS = 30_000;

/** The environment's part of an address: what must stand in no file and no list of processes. */
const { FEWSTEP_QUEUE_USER: user, FEWSTEP_QUEUE_PASSWORD: password } = process.env;

/** An address without its password, for people. */
export function shownAddress(address: string): string {
  const { protocol, hostname, port, pathname } = new URL(address);
  return `${protocol}//${hostname}:${port || '6379'}${pathname === '/' ? '' : pathname}`;
}

/** Checks the address of a queue. Throws UsageError, which does not repeat it: it may hold a password. */
export function checkAddress(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (
    url !== undefined &&
    /^rediss?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    /^(\/\d{0,3})?$/.test(url.pathname)
  )
    return;
  throw new UsageError(
    '--queue: expected redis://host:6379, or rediss:// with TLS; a password by FEWSTEP_QUEUE_PASSWORD',
  );
}

/**
 * Connects to Redis or Valkey. Throws EngineError where none answers; later it is waited for as long as it takes. What goes
 * wrong meanwhile is told to `note`, each once until it answers again.
 */
export async function connectQueue(address: string, note: (text: string) => void = () => undefined): Promise<Redis> {
  checkAddress(address);
  const where = shownAddress(address);
  let answered = false;
  const redis = new Redis(address, {
    maxRetriesPerRequest: null, // its loss is waited out
    lazyConnect: true,
    socketTimeout: SILENT_MILLISECONDS,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    retryStrategy: (times) =>
      !answered && times >= FIRST_TRIES ? null : Math.min(LONGEST_WAIT_MILLISECONDS, 200 * 2 ** Math.min(times, 5)),
  });
  let told = '';
  let last: Error | undefined;
  redis.on('error', (error: Error) => {
    last = error;
    const text = `queue ${where}: ${reasonOf(error)}; waiting for it`;
    if (answered && told !== text) note(text);
    if (answered) told = text;
  });
  redis.on('ready', () => {
    if (told !== '') note(`queue ${where}: answers again`);
    told = '';
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (cause) {
    redis.disconnect();
    throw new EngineError(`queue ${where}: ${reasonOf(last ?? cause)}`, { cause });
  }
  answered = true;
  return redis;
}

/** What went wrong, in words: connections are tried by several addresses, and errors of these have no message of their own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message || error.name : String(error);
}

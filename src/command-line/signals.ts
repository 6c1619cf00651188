import { constants } from 'node:os';

/** A signal that asks a process to end. */
export type EndSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/** The signals that ask a process to end. */
export const endSignals: readonly EndSignal[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

/** The exit code of a process that a signal ended, as shells have it. */
export const signalCode = (signal: EndSignal): number => 128 + constants.signals[signal];

/** What work rejects with that a signal stopped. */
export class InterruptedError extends Error {
  constructor(readonly signal: EndSignal) {
    super('interrupted; run the same command again to resume');
    this.name = new.target.name;
  }
}

/** Time for the call that is under way to end; a second signal does not wait for it. */
const graceMilliseconds = 20_000;

/**
 * Aborts `interruption` with an InterruptedError at the first signal. At a second one, or when the grace time is over,
 * the process ends by the signal itself after `last`: an exit would abort under a running native call.
 */
export function watchSignals(interruption: AbortController, last: (error: InterruptedError) => void): void {
  const end = (error: InterruptedError): void => {
    last(error);
    process.removeAllListeners(error.signal); // back to what the system does
    process.kill(process.pid, error.signal);
  };
  for (const signal of endSignals)
    process.on(signal, () => {
      const error = new InterruptedError(signal);
      if (interruption.signal.aborted) return end(error);
      interruption.abort(error);
      setTimeout(end, graceMilliseconds, error).unref();
    });
}

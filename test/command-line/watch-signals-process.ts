/** Says what it hears of signals, and goes on: what ends it comes from outside. */
import { watchSignals } from '../../src/command-line/signals.ts';

const interruption = new AbortController();
interruption.signal.addEventListener('abort', () => console.log(`stop: ${interruption.signal.reason.signal}`));
watchSignals(interruption, ({ signal }) => console.log(`end: ${signal}`));
setInterval(() => {}, 1000);
console.log('ready');

import { createMeter } from './meter.ts';
import { finishedText, readingText } from './phrase.ts';
import { nameWidth, type ProgressDisplay, seconds } from './progress.ts';

const secondsBetween = 10;

/** Progress as plain lines for logs: one at the end of a stage and at most one every ten seconds before. */
export function lineProgress(write: (text: string) => void, now: () => number = seconds): ProgressDisplay {
  let last = now();
  const say = (name: string, text: string, note?: string) => {
    last = now();
    write(`${name.padEnd(nameWidth)} ${text}${note === undefined ? '' : `  ${note}`}\n`);
  };
  return {
    stage(name, total, unit) {
      const meter = createMeter(total, now);
      return {
        advance(done, note) {
          meter.advance(done);
          if (now() - last >= secondsBetween) say(name, readingText(meter.read(), unit), note);
        },
        done: (note) => say(name, `done   ${finishedText(meter.read(), unit)}`, note),
      };
    },
    close() {},
  };
}

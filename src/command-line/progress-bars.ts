import { MultiBar, type SingleBar } from 'cli-progress';
import { createMeter } from './meter.ts';
import { finishedText, readingText } from './phrase.ts';
import { nameWidth, type ProgressDisplay, seconds } from './progress.ts';

const barWidth = 24;
const framesPerSecond = 5;

/** Progress as bars on a terminal, one a running stage, with rate and time left. */
export function barProgress(stream: NodeJS.WritableStream, now: () => number = seconds): ProgressDisplay {
  let bars: MultiBar | undefined;
  const running = new Set<SingleBar>();
  const close = () => {
    for (const bar of running) bar.stop();
    running.clear();
    bars?.stop();
    bars = undefined;
  };
  return {
    stage(name, total, unit) {
      const meter = createMeter(total, now);
      let latest: string | undefined;
      let over = false;
      const format = () => {
        const reading = meter.read();
        const text = over
          ? `done   ${finishedText(reading, unit)}`
          : `${drawn(reading.share)} ${readingText(reading, unit)}`;
        return `${name.padEnd(nameWidth)} ${text}${latest === undefined ? '' : `  ${latest}`}`;
      };
      bars ??= new MultiBar({
        stream,
        fps: framesPerSecond,
        hideCursor: true,
        gracefulExit: false,
        format,
        linewrap: false,
      });
      const bar = bars.create(total, 0, {}, { format });
      running.add(bar);
      const tell = (done: number, note?: string) => {
        latest = note ?? latest;
        bar.update(done);
      };
      return {
        advance(done, note) {
          meter.advance(done);
          tell(done, note);
        },
        done(note) {
          over = true;
          latest = undefined;
          tell(meter.read().done, note);
          running.delete(bar);
          bar.stop();
          if (running.size === 0) close();
        },
      };
    },
    close,
  };
}

const drawn = (share: number): string => {
  const full = Math.round(share * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
};

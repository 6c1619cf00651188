import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createMeter } from '../../src/command-line/meter.ts';
import { countText, durationText, rateText, readingText } from '../../src/command-line/phrase.ts';
import { barProgress } from '../../src/command-line/progress-bars.ts';
import { lineProgress } from '../../src/command-line/progress-lines.ts';

const clock = () => {
  let time = 100;
  return { now: () => time, wait: (seconds: number) => (time += seconds) };
};

describe('a meter', () => {
  test('knows no rate before something was done', () => {
    const { now } = clock();
    expect(createMeter(10, now).read()).toEqual({ done: 0, total: 10, share: 0, elapsed: 0 });
  });

  test('gives rate and time left, which runs down between reports', () => {
    const { now, wait } = clock();
    const meter = createMeter(100, now);
    wait(10);
    meter.advance(20);
    expect(meter.read()).toEqual({ done: 20, total: 100, share: 0.2, elapsed: 10, rate: 2, remaining: 40 });
    wait(15);
    expect(meter.read()).toMatchObject({ rate: 2, remaining: 25, elapsed: 25 });
    wait(60);
    expect(meter.read().remaining).toBe(0);
  });

  test('does not count what an earlier run did as speed', () => {
    const { now, wait } = clock();
    const meter = createMeter(1000, now);
    meter.advance(900);
    wait(10);
    meter.advance(910);
    expect(meter.read()).toMatchObject({ rate: 1, remaining: 90 });
  });

  test('forgets what is more than a minute old', () => {
    const { now, wait } = clock();
    const meter = createMeter(10_000, now);
    wait(100);
    meter.advance(100);
    for (let second = 1; second <= 90; second++) {
      wait(1);
      meter.advance(100 + 10 * second);
    }
    expect(meter.read().rate).toBe(10);
  });

  test('of an empty stage is complete', () => {
    expect(createMeter(0, clock().now).read().share).toBe(1);
  });
});

describe('phrases', () => {
  test('set thousands apart', () => expect(countText(1234567.4)).toBe('1,234,567'));
  test('of durations', () => {
    expect([8, 59.6, 754, 3723].map(durationText)).toEqual(['0:08', '1:00', '12:34', '1:02:03']);
  });
  test('of rates', () =>
    expect([1230.4, 12, 4.24, 0.25].map(rateText)).toEqual(['1,230/s', '12/s', '4.2/s', '15/min']));
  test('of a stage half-way', () => {
    const reading = { done: 6880, total: 16384, share: 0.42, elapsed: 5, rate: 1230, remaining: 7.7 };
    expect(readingText(reading, 'contexts')).toBe(' 42 %  6,880/16,384 contexts  1,230/s  ETA 0:08');
  });
});

describe('progress in lines', () => {
  test('says something at most every ten seconds, and at the end', () => {
    const { now, wait } = clock();
    let text = '';
    const stage = lineProgress((line) => (text += line), now).stage('trajectories', 400, 'contexts');
    for (let done = 10; done <= 400; done += 10) {
      wait(1);
      stage.advance(done, done > 150 ? 'late' : undefined);
    }
    stage.done('3 shards');
    expect(text).toBe(
      [
        'trajectories    25 %  100/400 contexts  10/s  ETA 0:30',
        'trajectories    50 %  200/400 contexts  10/s  ETA 0:20  late',
        'trajectories    75 %  300/400 contexts  10/s  ETA 0:10  late',
        'trajectories   100 %  400/400 contexts  10/s  ETA 0:00  late',
        'trajectories   done   400 contexts in 0:40  3 shards\n',
      ].join('\n'),
    );
  });
});

describe('progress in bars', () => {
  const terminal = () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120, rows: 24 });
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { stream, text: () => text };
  };

  test('draws every stage that runs and leaves the cursor visible', async () => {
    const { stream, text } = terminal();
    const { now, wait } = clock();
    const progress = barProgress(stream, now);
    const [first, second] = [progress.stage('training a', 100, 'steps'), progress.stage('training b', 50, 'steps')];
    wait(10);
    first.advance(50, 'loss 0.5');
    second.advance(50);
    second.done();
    first.done('loss 0.4');
    await new Promise((resolve) => setImmediate(resolve));
    expect(text()).toContain('training a     done   50 steps in 0:10  loss 0.4');
    expect(text()).toContain('training b     done   50 steps in 0:10');
    expect(text().lastIndexOf('\u001B[?25h')).toBeGreaterThan(text().lastIndexOf('\u001B[?25l'));
  });

  test('gives the terminal back in the middle of a stage', async () => {
    const { stream, text } = terminal();
    const { now, wait } = clock();
    const progress = barProgress(stream, now);
    const stage = progress.stage('trajectories', 100, 'contexts');
    wait(2);
    stage.advance(25);
    progress.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(text()).toContain(`${'█'.repeat(6)}${'░'.repeat(18)}  25 %  25/100 contexts  13/s  ETA 0:06`);
    expect(text().endsWith('\u001B[?25h') || text().includes('\u001B[?25h')).toBe(true);
  });
});

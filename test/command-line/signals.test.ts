import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { endSignals, signalCode } from '../../src/command-line/signals.ts';
import { runModule } from '../other-process.ts';

it.concurrent.each(endSignals)('%s asks the work to stop; a second one ends the process by itself', async (signal) => {
  const { child, ended } = runModule(new URL('./watch-signals-process.ts', import.meta.url), []);
  let said = '';
  child.stdout?.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  const heard = async (text: string): Promise<void> => {
    while (!said.includes(text) && child.exitCode === null && child.signalCode === null) await sleep(5);
  };
  await heard('ready');
  child.kill(signal);
  await heard('stop');
  await sleep(50);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]); // it goes on until the work has stopped
  child.kill(signal);
  const { code, stdout } = await ended;
  expect([code, child.signalCode]).toEqual([null, signal]);
  expect(stdout).toBe(`ready\nstop: ${signal}\nend: ${signal}\n`);
});

it('the exit code of a signal is 128 and its number', () => {
  expect(endSignals.map(signalCode)).toEqual([129, 130, 143]);
});

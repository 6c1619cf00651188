import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { exitCodeHelp, outcomeOf } from '../../src/command-line/failure.ts';
import { InterruptedError } from '../../src/command-line/signals.ts';
import { DivergedError, exitCodes, RecipeError } from '../../src/ground/errors.ts';

describe('a command that throws', () => {
  test('a FlowError prints its message and ends with its code', () => {
    expect(outcomeOf(new RecipeError('x.yaml:1:1: wrong'))).toEqual({
      message: 'fewstep: x.yaml:1:1: wrong',
      code: 3,
    });
    expect(outcomeOf(new DivergedError('step 7')).code).toBe(9);
  });

  test('something unexpected keeps its stack and asks for a report', () => {
    const { message, code } = outcomeOf(new TypeError('oops'));
    expect(code).toBe(1);
    expect(message).toMatch(/^TypeError: oops\n\s+at [\s\S]*\nfewstep: this is a bug; please report it/);
    expect(outcomeOf('words').message).toMatch(/^words\n/);
  });

  test('after an interruption says how to go on, with the code of the signal', () => {
    const message = 'interrupted; run the same command again to resume';
    expect(outcomeOf(new InterruptedError('SIGINT'))).toEqual({ message, code: 130 });
    expect(outcomeOf(new InterruptedError('SIGTERM'))).toEqual({ message, code: 143 });
  });

  test('wrong words were told already; help is no failure', () => {
    expect(outcomeOf(new CommanderError(1, 'commander.unknownOption', 'x'))).toEqual({ code: 2 });
    expect(outcomeOf(new CommanderError(0, 'commander.helpDisplayed', 'x'))).toEqual({ code: 0 });
  });

  test('has its exit code in the help', () => {
    for (const code of [...Object.values(exitCodes), 0, 1, 129, 130, 143])
      expect(exitCodeHelp()).toContain(`\n  ${code} `);
  });
});

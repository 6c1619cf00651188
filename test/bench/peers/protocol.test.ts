import { describe, expect, test } from 'vitest';
import { answers, greeting, readAnswer } from '../../../bench/peers/protocol.ts';

describe("PyTorch's answers", () => {
  test('are read by their shape', () => {
    expect(readAnswer('{"seconds":[0.5,0.25]}', answers.time)).toEqual({ seconds: [0.5, 0.25] });
    expect(readAnswer('{"torch":"2","capability":"AVX2","compiler":null}', greeting).compiler).toBeNull();
  });

  test('that tell an error are thrown, one line', () => {
    expect(() => readAnswer('{"error":"No module named \'torch\'"}', greeting)).toThrow(
      "PyTorch's side: No module named 'torch'",
    );
  });

  test.each([
    ['not JSON', 'Traceback', 'expected a line of JSON, got "Traceback"'],
    ['of another shape', '{"seconds":"fast"}', 'unexpected answer {"seconds":"fast"}'],
    ['without a measurement', '{"seconds":[]}', 'unexpected answer'],
    ['with a negative time', '{"seconds":[-1]}', 'unexpected answer'],
  ])('%s are refused', (_, line, message) => {
    expect(() => readAnswer(line, answers.time)).toThrow(message);
  });
});

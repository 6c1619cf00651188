import { describe, expect, it } from 'vitest';
import { complaint, resolve } from './resolving.ts';
import { smallRecipe } from './tables.ts';

const imported = smallRecipe
  .replace(
    '{ kind: gaussian, token: 4, condition: 8, std: 0.5 }',
    '{ kind: imported, path: head }\ndata: { kind: capture, path: capture }',
  )
  .replace('guidance: { min: 1, max: 2 }', 'guidance: 2')
  .replace('    options: { endpoint: 0.5 }\n', '');
const ends = 'students[0].options.ends=own';
const own = (method: string, ...set: string[]): string[] => [`students[0].method=${method}`, ends, ...set];
const cached = 'trajectories.ownEnds=8';

describe('own ends', () => {
  it('are none unless asked for, and nothing of them is written down', () => {
    expect(resolve(smallRecipe).yaml).not.toMatch(/ownEnds|ends:/);
    expect(resolve(imported, [cached]).hash).not.toBe(resolve(imported).hash);
    const whole = resolve(imported, own('energy', cached));
    expect(resolve(whole.yaml)).toMatchObject({ hash: whole.hash, recipe: whole.recipe });
  });

  it.each(['energy', 'drifting'])('of students of %s: flow leaves the hash as if nothing were said', (method) => {
    const set = [`students[0].method=${method}`];
    const flow = resolve(imported, [...set, 'students[0].options.ends=flow']);
    expect(flow).toEqual(resolve(imported, set));
    expect(flow.recipe.students[0]?.options).toMatchObject({ endpoint: 0.25, counts: [2, 4] });
  });

  it.each([
    ['energy', { ends: 'own' }],
    ['drifting', { ends: 'own', temperatures: [0.05, 0.2, 0.5] }],
  ])('make one-step specialists of students of %s, without what belongs to paths', (method, options) => {
    const [student] = resolve(imported, own(method, cached)).recipe.students;
    expect(student).toMatchObject({ steps: [1], options });
    expect(Object.keys(student?.options as object)).toEqual(Object.keys(options));
  });
});

describe('own ends are refused', () => {
  const at = (set: readonly string[], text = imported): string => complaint(text, set);

  it('of a teacher without a system', () => {
    expect(complaint(smallRecipe, [cached])).toContain(
      `--set ${cached}: expected none with a gaussian teacher (it has no system with a sampler of its own), got 8`,
    );
  });

  it('under several guidance scales', () => {
    const message =
      "expected one scale for trajectories.ownEnds, as a system's own sampler takes one for all its rows, got 1 to 3";
    expect(at([cached, 'guidance={min: 1, max: 3}'])).toBe(`--set guidance={min: 1, max: 3}: ${message}`);
    expect(at([cached, 'guidance={min: 3, max: 3}'])).toBe('no complaint');
  });

  it.each([
    [1, 'expected a whole number from 2 to 256, got 1'],
    [257, 'expected a whole number from 2 to 256, got 257'],
  ])('of %i draws', (count, message) => {
    expect(at([`trajectories.ownEnds=${count}`])).toBe(`--set trajectories.ownEnds=${count}: ${message}`);
  });

  it('by students that the cache has none for, or too few', () => {
    expect(at(own('energy'))).toBe(
      `--set ${ends}: expected flow, or trajectories with ownEnds, which these students learn; got own`,
    );
    const few = 'trajectories.ownEnds=3';
    expect(at(own('energy', few))).toContain(
      'students[0].training.draws: expected at most the 3 ownEnds of the trajectories, got 4',
    );
    expect(at(own('energy', few, 'students[0].training.draws=2'))).toBe('no complaint');
  });

  it.each(['endpoint=1', 'even=0', 'counts=[2]', 'regression=0', 'huber=0.1'])(
    'beside what belongs to paths: %s',
    (option) => {
      const set = `students[0].options.${option}`;
      expect(at(own('energy', cached, set))).toBe(`--set ${set}: unknown key; expected ends`);
    },
  );

  it('in several steps', () => {
    const steps = 'students[0].steps=[1, 2]';
    expect(at(own('drifting', cached, steps))).toBe(
      `--set ${steps} students[0].steps[1]: expected 1, the step counts of drifting with ends: own, got 2`,
    );
  });

  it('by methods that learn paths, and under other words', () => {
    expect(at(own('trajectory', cached))).toContain(`--set ${ends}: unknown key`);
    expect(at(['students[0].method=energy', 'students[0].options.ends=owm'])).toContain(
      'expected one of flow, own, got "owm"',
    );
    expect(at(['students[0].method=energy', 'students[0].options.endpoint=2'])).toContain(
      'expected a number from 0 to 1, got 2',
    );
  });
});

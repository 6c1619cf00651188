import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRecipe } from '../../src/distillation/recipe/load.ts';
import { trainedStudents } from '../../src/distillation/train/students.ts';
import { runPath } from '../../src/ground/file/run-folder.ts';
import { type BundleImage, differences, drawnBySample } from '../drawn-by-sample.ts';
import { tinyImageTeacher } from '../tiny-image-teacher.ts';
import { launchChromium, type Served, serveFolder } from './chromium.ts';

const command = resolve('scripts/fewstep.mjs');
const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** A recipe of seconds over an image teacher. */
const recipeOf = (teacher: string): string => `kind: distill
name: small
engine: { workers: 1 }
teacher: { kind: digits, path: ${JSON.stringify(teacher)} }
guidance: { min: 1, max: 3 }
trajectories: { contexts: 64, draws: 2, solver: heun, steps: 4, keep: 2, shardRows: 64, freeRunning: 0 }
students:
  - name: regression
    method: trajectory
    training: { steps: 30, batch: 64, learningRate: 1.0e-3 }
  - name: noisy
    method: consistency
    training: { steps: 30, batch: 64, learningRate: 1.0e-3 }
evaluation: { guidance: 2, steps: [1, 2], teacher: { solver: heun, steps: 4 }, samples: 100 }
`;

let parent = '';
let browser: Browser;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'fewstep-e2e-web-'));
  await tinyImageTeacher(join(parent, 'tiny'));
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  rmSync(parent, { recursive: true, force: true });
});

describe.each([
  ['tiny', () => join(parent, 'tiny')],
  ['shipped', () => resolve('teachers/digits')],
] as const)('the web bundle of a student of the %s teacher', (name, teacher) => {
  let folder = '';
  let served: Served;
  let page: Page;
  const asked: string[] = [];
  const problems: string[] = [];
  const fewstep = (...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr.replace(/^.*\r|^.*done.*\n/gm, ''), words.join(' ')).toBe('');
    expect(status).toBe(0);
    return stdout;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(parent, `${name}-`));
    writeFileSync(join(folder, 'small.yaml'), recipeOf(teacher()));
    fewstep('distill', 'small.yaml', '--quiet');
    fewstep('export', 'small.yaml', '--bundle', 'web', '--out', 'bundle', '--quiet');
    served = await serveFolder(join(folder, 'bundle'));
    page = await browser.newPage({ viewport: { width: 390, height: 900 } });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${served.address}/`);
    await page.waitForSelector('#draw:not([disabled])');
  });
  afterAll(() => served?.server.close());

  it.each([
    ['regression', 2],
    ['noisy', 2],
  ] as const)(
    'draws ten digits in Chromium as `fewstep sample` draws them in node: %s, %i steps',
    async (student, steps) => {
      const { recipe, hash } = await loadRecipe('distill', join(folder, 'small.yaml'), []);
      const run = runPath(join(folder, 'runs'), { name: recipe.name, hash });
      const students = await trainedStudents(recipe, { run, cache: join(run, 'trajectories') });
      const drawn = await drawnBySample(recipe, students, { prompts: digits, seed: 3, steps: [steps] });
      const expected = drawn.find(({ label }) => label === `${student}, ${steps} steps`);
      if (expected === undefined) throw new Error(drawn.map(({ label }) => label).join());
      const images = (await page.evaluate(`(async () => {
      const { load } = await import('./generate.js');
      const model = await load('.');
      const images = await model.generate(${JSON.stringify({ prompts: digits, seed: 3, student, steps })});
      await model.release();
      return images.map(({ pixels, tokens }) => ({ pixels: [...pixels], tokens: [...tokens] }));
    })()`)) as BundleImage[];
      const found = differences(expected, images);
      expect(found.tokens).toBeLessThan(1e-4);
      expect(found.levels).toBeLessThanOrEqual(1);
      expect(found.share).toBeLessThan(0.01);
    },
  );

  it('has a page that draws, says how long it took and what is wrong, and asks nobody else', async () => {
    await page.selectOption('#steps', '1');
    await page.click('#draw');
    await page.waitForSelector('#status:has-text("tokens/s")'); // no predicate: the page allows no eval
    expect(await page.textContent('#status')).toMatch(
      /^10 images, \d+ tokens: \d+\.\d\d s without painting, \d+ tokens\/s\.$/,
    );
    expect(await page.locator('#images canvas').count()).toBe(10);
    const ink = await page.evaluate(
      "[...document.querySelectorAll('canvas')].map((c) => new Set(c.getContext('2d').getImageData(0, 0, 28, 28).data).size)",
    );
    expect(Math.min(...(ink as number[]))).toBeGreaterThan(2);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const beyond = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect(beyond).toBeLessThanOrEqual(0);
    }
    await page.fill('#prompts', 'thre');
    await page.click('#draw');
    await page.waitForSelector('#status.wrong');
    expect(await page.textContent('#status')).toBe(`prompt thre: expected one of ${digits.join(', ')}`);
    expect(problems).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(`${served.address}/`) && !url.startsWith('data:'))).toEqual([]);
  });
});

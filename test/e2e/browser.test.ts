import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchChromium, type Served, serve } from './chromium.ts';

const runtime = fileURLToPath(new URL('../../node_modules/onnxruntime-web/dist', import.meta.url));

/** The clone's results, and onnxruntime-web. */
const fileOf = (folder: string) => (path: string) =>
  path.startsWith('/ort/') ? join(runtime, path.slice(5)) : join(folder, path);

/** What the page must not have, as `layoutFaults` finds it. */
const noFaults = { beyondPage: 0, looseTables: [], unmarked: [], outside: [], cut: [], tiny: [] };

/** Runs in the page. Text of figures under 7.5 pixels counts as tiny. */
const layoutFaults = `(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const shown = (element) => element.getClientRects().length > 0;
  const scrolls = (box) => box !== null && getComputedStyle(box).overflowX === 'auto' && box.clientWidth <= innerWidth;
  const hint = (box) => getComputedStyle(box, '::before').content;
  const tables = all('table').filter(shown);
  const figures = all('svg').filter(shown);
  const labels = figures.flatMap((figure) => all('text', figure).map((text) => ({ text, figure })));
  const leaves = ({ text, figure }) => {
    const [inner, outer] = [text.getBoundingClientRect(), figure.getBoundingClientRect()];
    return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
  };
  const size = ({ text, figure }) =>
    (parseFloat(getComputedStyle(text).fontSize) * figure.getBoundingClientRect().width) / figure.viewBox.baseVal.width;
  const hides = (element) => {
    const { overflowX } = getComputedStyle(element);
    return (overflowX === 'hidden' || overflowX === 'clip') && element.scrollWidth > element.clientWidth;
  };
  return {
    beyondPage: Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
    looseTables: tables.filter((table) => !scrolls(table.closest('.scroll'))).map((table) => table.className),
    unmarked: all('.scroll').filter(shown).filter((box) => (box.scrollWidth > box.clientWidth) !== (hint(box) === '"Scroll sideways →"')).map((box) => box.ariaLabel),
    outside: labels.filter(leaves).map(({ text }) => text.textContent),
    cut: [...all('main *:not(svg, svg *, .unseen)').filter(hides), ...labels.map(({ text }) => text).filter((text) => text.textContent.endsWith('…'))].map((element) => element.textContent),
    tiny: labels.filter((label) => size(label) < 7.5).map(({ text }) => text.textContent),
    tables: tables.length,
    figures: figures.length,
  };
})()`;

/** How far the titles of the results' groups stand from the left side of the table's box, once it is scrolled. */
const groupTitles = `(() => {
  const box = document.querySelector('.by-steps');
  box.scrollLeft = 400;
  return [...box.querySelectorAll('.group span')].map((title) => title.getBoundingClientRect().left - box.getBoundingClientRect().left);
})()`;

describe('in headless Chromium', () => {
  let browser: Browser;
  let served: Served;

  beforeAll(async () => {
    served = await serve(fileOf(inject('smoke').folder));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    served?.server.close();
  });

  it('the report opens as one offline file without an error and shows its verdict and figures', async () => {
    const context = await browser.newContext({ offline: true });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(`file://${join(inject('smoke').folder, 'reports/smoke/report.html')}`);
    expect(await page.textContent('h1')).toContain('smoke');
    expect(await page.locator('svg').count()).toBeGreaterThan(3);
    expect(await page.locator('table').count()).toBeGreaterThan(1);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
    await context.close();
  });

  describe.each(['smoke', 'digits-full'])('the page of %s', (name) => {
    it.each([390, 1280])('cuts no text at %i pixels and says where there is more to the side', async (width) => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await page.goto(`file://${join(inject('smoke').folder, 'reports', name, 'report.html')}`);
      await page.evaluate('document.fonts.ready.then(() => new Promise(requestAnimationFrame))');
      const seen = (await page.evaluate(layoutFaults)) as Record<string, unknown>;
      expect(seen).toEqual({ ...noFaults, tables: seen.tables, figures: seen.figures });
      const titles = (await page.evaluate(groupTitles)) as readonly number[];
      expect(titles.length).toBeGreaterThan(2);
      expect(Math.min(...titles)).toBeGreaterThanOrEqual(0);
      expect(seen.tables).toBeGreaterThan(2);
      expect(seen.figures).toBeGreaterThan(3);
      await page.close();
    });
  });

  it('head.onnx gives what it gives in node', async () => {
    const folder = join(inject('smoke').folder, 'students/smoke/trajectory');
    const feeds: Record<string, [number[], number[]]> = {
      x: [
        [0.1, -0.2, 0.3, 0.4],
        [1, 4],
      ],
      s: [[0.25], [1]],
      t: [[0.75], [1]],
      hidden: [[1, 2, 3, 4, 5, 6, 7, 8].map((v) => v / 8), [1, 8]],
      hidden_unconditional: [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [1, 8],
      ],
      guidance: [[1.5], [1]],
    };
    const session = await ort.InferenceSession.create(join(folder, 'head.onnx'));
    const expected = await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, [data, dims]]) => [name, new ort.Tensor('float32', data, dims)]),
      ),
    );
    const page = await browser.newPage();
    await page.goto(served.address);
    const found = (await page.evaluate(`(async () => {
      const ort = await import('/ort/ort.wasm.min.mjs');
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmPaths = '/ort/';
      const session = await ort.InferenceSession.create('/students/smoke/trajectory/head.onnx');
      const feeds = Object.fromEntries(Object.entries(${JSON.stringify(feeds)}).map(([name, [data, dims]]) => [name, new ort.Tensor('float32', data, dims)]));
      return Array.from((await session.run(feeds)).x_next.data);
    })()`)) as number[];
    for (const [i, value] of Array.from(expected.x_next?.data as Float32Array).entries())
      expect(found[i]).toBeCloseTo(value, 5);
    await page.close();
  });
});

import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const runtime = fileURLToPath(new URL('../../node_modules/onnxruntime-web/dist', import.meta.url));

/** Serves the clone's results and onnxruntime-web on loopback. */
function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file =
      path === '/' ? undefined : path.startsWith('/ort/') ? join(runtime, path.slice(5)) : join(folder, path);
    if (file !== undefined && !existsSync(file)) return response.writeHead(404).end();
    response.setHeader(
      'content-type',
      types[file === undefined ? '.html' : extname(file)] ?? 'application/octet-stream',
    );
    if (file === undefined) response.end('<!doctype html><title>heads</title>');
    else createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe('in headless Chromium', () => {
  let browser: Browser;
  let server: Server;
  let address: string;

  beforeAll(async () => {
    server = await serve(inject('smoke').folder);
    const bound = server.address();
    address = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
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
    await page.goto(address);
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

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type DefaultTreeAdapterMap, parse } from 'parse5';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/evaluation/stage/result.ts';
import { type ReportOptions, type WrittenReport, writeReport } from '../../src/report/write.ts';
import { evaluationOf } from './fixture/evaluation.ts';
import { writeRunFolder } from './fixture/run-folder.ts';
import { temporaryFolder } from './fixture/temporary.ts';

type Node = DefaultTreeAdapterMap['node'];
type Element = DefaultTreeAdapterMap['element'];

/** All elements of a page; throws where it is not well-formed HTML. */
function elementsOf(page: string): readonly Element[] {
  const tree = parse(page, {
    onParseError: ({ code, startLine, startCol }) => {
      throw new Error(`${code} at ${startLine}:${startCol}`);
    },
  });
  const all = (node: Node): Element[] => [
    ...('tagName' in node ? [node] : []),
    ...('childNodes' in node ? node.childNodes.flatMap(all) : []),
  ];
  return all(tree);
}

const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((candidate) => candidate.name === name)?.value;

async function reportOf(
  evaluation: Evaluation,
  options?: ReportOptions,
): Promise<WrittenReport & { readonly page: string }> {
  const folder = await temporaryFolder();
  await writeRunFolder(join(folder, 'run'), evaluation);
  const report = await writeReport(join(folder, 'run'), join(folder, 'report'), options);
  return { ...report, page: await readFile(report.html, 'utf8') };
}

describe('a report', () => {
  let folder = '';
  let report: WrittenReport;
  let page = '';
  let elements: readonly Element[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fewstep-report-'));
    await writeRunFolder(join(folder, 'run'), evaluationOf());
    report = await writeReport(join(folder, 'run'), join(folder, 'report'));
    page = await readFile(report.html, 'utf8');
    elements = elementsOf(page);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is well-formed HTML with every section', () => {
    const sections = elements.filter(({ tagName }) => tagName === 'section').map((element) => attribute(element, 'id'));
    expect(sections).toEqual([
      'results',
      'floors',
      'pareto',
      'curves',
      'collapse',
      'samples',
      'training',
      'cost',
      'speed',
      'provenance',
      'downloads',
    ]);
  });

  it('asks no host for anything', () => {
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/(https?:)?\/\/[a-z0-9-]+\.[a-z]/i);
    for (const element of elements)
      for (const name of ['src', 'href']) expect(attribute(element, name) ?? '#').toMatch(/^(#|data:|$)/);
  });

  it('forbids the network, and allows its own style and script by their hashes', () => {
    const policy = elements.flatMap((element) =>
      attribute(element, 'http-equiv') ? [attribute(element, 'content')] : [],
    )[0];
    const hash = (tag: string): string => {
      const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? '';
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src ${hash('style')};`);
    expect(policy).toContain(`script-src ${hash('script')};`);
    expect(policy).not.toContain('unsafe');
    expect(
      elements.filter((element) => element.attrs.some(({ name }) => name === 'style' || name.startsWith('on'))),
    ).toEqual([]);
  });

  it('can be read without seeing: pictures have words, tables have scopes, names are unique', () => {
    for (const element of elements) {
      if (element.tagName === 'img') expect(attribute(element, 'alt')).toBeDefined();
      if (element.tagName === 'svg') expect(attribute(element, 'aria-label')).toBeTruthy();
      if (element.tagName === 'th') expect(attribute(element, 'scope')).toBeTruthy();
    }
    const ids = elements.flatMap((element) => attribute(element, 'id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has the verdict, the preview badge and the command', () => {
    expect(page).toContain('4-step trajectory: 3.3× faster images');
    expect(page).toContain('class="badge"');
    expect(page).toContain('fewstep run recipes/digits.yaml');
  });

  it('marks the best of each group among students and baselines', () => {
    const best = elements.filter((element) => attribute(element, 'class') === 'best');
    expect(best.length).toBeGreaterThan(20);
  });

  it('holds a grid of every head', () => {
    const grids = elements.filter(
      ({ tagName, attrs }) => tagName === 'img' && attrs.some(({ name }) => name === 'data-sheet'),
    );
    expect(grids).toHaveLength(evaluationOf().rows.length + 1);
  });

  it('writes the files that it names, and says the verdict', async () => {
    const names = await readdir(join(folder, 'report'));
    expect(names.sort()).toEqual([
      'evaluation.json',
      'figures',
      'report.html',
      'results.csv',
      'training.csv',
      'verdict.txt',
    ]);
    for (const path of report.files) expect((await stat(path)).size).toBeGreaterThan(0);
    expect(report.files.filter((path) => path.endsWith('.svg'))).toHaveLength(
      report.files.filter((path) => path.endsWith('.png')).length,
    );
    expect(await readFile(join(folder, 'report', 'verdict.txt'), 'utf8')).toBe(report.verdict);
  });

  it('is at most two megabytes', () => {
    expect(page.length).toBeLessThan(2_000_000);
  });

  it('is the same bytes when it is written again', async () => {
    const again = await writeReport(join(folder, 'run'), join(folder, 'again'));
    expect(await readFile(again.html, 'utf8')).toBe(page);
  });
});

describe('other reports', () => {
  it('are small when compact, with downloads beside them', async () => {
    const { page, files } = await reportOf(evaluationOf(), { compact: true });
    const links = elementsOf(page).filter((element) => attribute(element, 'download') !== undefined);
    expect(page.length).toBeLessThan(300_000);
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) {
      const target = attribute(link, 'href') ?? '';
      expect(files.some((path) => path.endsWith(`/${target}`) && basename(path) === attribute(link, 'download'))).toBe(
        true,
      );
    }
  });

  it('show hostile names as text', async () => {
    const attack = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>';
    const evaluation = evaluationOf();
    const { page } = await reportOf({
      ...evaluation,
      teacher: { ...evaluation.teacher, name: attack },
      command: attack,
      environment: { [attack]: attack },
    });
    const elements = elementsOf(page);
    expect(elements.filter(({ tagName }) => tagName === 'script')).toHaveLength(1);
    expect(elements.filter((element) => element.attrs.some(({ name }) => name.startsWith('on')))).toEqual([]);
  });

  it('leave out what was not measured', async () => {
    const evaluation = evaluationOf();
    const rows = evaluation.rows
      .filter(({ kind }) => kind !== 'solver')
      .map(({ speed, cost, grid, ...row }) => ({
        ...row,
        quality: { energyDistance: { value: 0.01, low: 0.009, high: 0.011 } },
      }));
    const { realGrid, features, ...rest } = evaluation;
    const { page } = await reportOf({ ...rest, rows, unit: 'tokens', floors: { teacherTeacher: {} } });
    const sections = elementsOf(page)
      .filter(({ tagName }) => tagName === 'section')
      .map((element) => attribute(element, 'id'));
    expect(sections).toEqual(['results', 'curves', 'collapse', 'training', 'provenance', 'downloads']);
  });

  it('name a grid that is missing or no picture', async () => {
    const folder = await temporaryFolder();
    await writeRunFolder(folder, evaluationOf());
    await writeFile(join(folder, 'samples', 'teacher.png'), 'no picture');
    await expect(writeReport(folder, join(folder, 'report'))).rejects.toThrow(
      /teacher\.png: expected a picture of samples/,
    );
    await rm(join(folder, 'samples', 'teacher.png'));
    await expect(writeReport(folder, join(folder, 'report'))).rejects.toThrow(/teacher\.png: cannot be read/);
  });
});

describe('a report of several guidance scales', () => {
  it('shows every head under each, beside the teacher’s under the same, and has all rows in its table', async () => {
    const evaluation = evaluationOf();
    const scaled = (factor: number) =>
      evaluation.rows.map(({ quality, guidance: _, speed: _speed, grid: _grid, ...row }) => ({
        ...row,
        guidance: 3,
        quality: Object.fromEntries(
          Object.entries(quality).map(([name, { value, low, high }]) => [
            name,
            name === 'fdRatio'
              ? { value, low, high }
              : { value: factor * value, low: factor * low, high: factor * high },
          ]),
        ),
      }));
    const { teacherTeacher } = evaluation.floors;
    const otherGuidance = [{ guidance: 3, teacherTeacher, rows: scaled(2) }];
    const { page, html } = await reportOf({ ...evaluation, otherGuidance });
    const section = /<section id="guidance"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
    expect(section.match(/w = [\d.]+/g)).toEqual([`w = ${evaluation.rows[0]?.guidance}`, 'w = 3']);
    const line = /<tr><th scope="row">trajectory, 2 steps[\s\S]*?<\/tr>/.exec(section)?.[0] ?? '';
    const [own, other] = [...line.matchAll(/<td>([\d.]+)/g)].map(([, value]) => Number(value));
    expect((other ?? 0) / (own ?? 1)).toBeCloseTo(2, 1);
    const ratios = [...line.matchAll(/× ([\d.]+)/g)].map(([, value]) => value);
    expect(ratios).toHaveLength(2);
    expect(ratios[0]).toBe(ratios[1]); // the teacher’s doubled, too
    const csv = await readFile(join(dirname(html), 'results.csv'), 'utf8');
    expect(csv.trim().split('\n')).toHaveLength(1 + 2 * evaluation.rows.length);
  });
});

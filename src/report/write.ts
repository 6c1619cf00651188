import { join } from 'node:path';
import { evaluationText } from '../evaluation/stage/evaluation-file.ts';
import { writeAtomic } from '../ground/file/atomic.ts';
import { commandCsv } from './by-command.ts';
import { resultsCsv, trainingCsv } from './csv.ts';
import { pageFontFaces } from './figure/font.ts';
import { onPaper } from './figure/palette.ts';
import { renderPngs } from './figure/png.ts';
import { renderSvg } from './figure/render.ts';
import { figuresOf } from './figure/table.ts';
import type { DrawnFigure, Link } from './page/data.ts';
import { gridImages } from './page/grid.ts';
import { heldToTrained } from './page/neighbours.ts';
import { reportPage } from './page/page.ts';
import { type RunFiles, readRun } from './read.ts';
import { type Summary, summarize } from './summary.ts';
import { verdictOf, verdictText } from './verdict.ts';

/** How a report is written. */
export interface ReportOptions {
  /** A small page for git (grids lossy and without baselines, downloads as files beside it); false unless given. */
  readonly compact?: boolean;
}

/** What was written: paths, and the verdict as text for a terminal. */
export interface WrittenReport {
  readonly html: string;
  readonly files: readonly string[];
  readonly verdict: string;
}

/** A file of the report: its path in the report's folder and its content. */
interface ReportFile {
  readonly path: string;
  readonly type: string;
  readonly content: string | Buffer;
}

interface Drawn {
  readonly figure: Omit<DrawnFigure, 'links'>;
  readonly files: readonly ReportFile[];
}

async function draw(summary: Summary, run: RunFiles): Promise<readonly Drawn[]> {
  const drawn: Omit<DrawnFigure, 'links'>[] = [];
  for (const { draw: drawing, ...figure } of figuresOf(summary.metrics)) {
    const spec = drawing(summary, run.training);
    if (spec) drawn.push({ ...figure, svg: await renderSvg(figure.name, spec, `${figure.title}. ${figure.caption}`) });
  }
  const pngs = await renderPngs(drawn.map(({ svg }) => svg));
  return drawn.map((figure, index) => ({
    figure,
    files: [
      { path: `figures/${figure.name}.svg`, type: 'image/svg+xml', content: onPaper(figure.svg) },
      { path: `figures/${figure.name}.png`, type: 'image/png', content: pngs[index] ?? Buffer.alloc(0) },
    ],
  }));
}

const dataUri = ({ type, content }: ReportFile): string =>
  `data:${type};base64,${Buffer.from(content).toString('base64')}`;

/** A link to a file: the file itself in a page that stands alone, its path in a compact one. */
const linkTo = (file: ReportFile, label: string, { compact }: ReportOptions): Link => ({
  label,
  file: file.path.split('/').at(-1) ?? file.path,
  href: compact ? file.path : dataUri(file),
});

function tables(summary: Summary, run: RunFiles): readonly (ReportFile & { readonly label: string })[] {
  const type = 'text/csv';
  return [
    { path: 'results.csv', type, content: resultsCsv(summary), label: 'every row, metric and interval' },
    ...(run.training.length > 0
      ? [{ path: 'training.csv', type, content: trainingCsv(run.training), label: 'what training logged' }]
      : []),
    ...(run.evaluation.byCommand
      ? [
          {
            path: 'command.csv',
            type,
            content: commandCsv(run.evaluation.byCommand),
            label: 'what your command measured',
          },
        ]
      : []),
  ];
}

/**
 * Writes the report of a run from its files: report.html, results.csv, training.csv, command.csv, verdict.txt, evaluation.json (so
 * that reports can be compared without their runs) and the figures as SVG and PNG. Throws FileError where the run has no evaluation of this version or a file cannot be written.
 */
export async function writeReport(
  runFolder: string,
  outFolder: string,
  options: ReportOptions = {},
): Promise<WrittenReport> {
  const { compact = false } = options;
  const run = await readRun(runFolder);
  const summary = summarize(run.evaluation);
  const found = verdictOf(summary);
  const further = heldToTrained(summary, found).map(({ neighbours }) => neighbours);
  const grids = await gridImages(run.folder, run.evaluation, { compact, further });
  const drawn = await draw(summary, run);
  const csvs = tables(summary, run);
  const page = reportPage({
    ...{ run, summary, grids, verdict: found },
    figures: drawn
      .filter(({ figure }) => !(compact && figure.detail))
      .map(({ figure, files }) => ({
        ...figure,
        links: files.map((file) => linkTo(file, file.path.endsWith('.svg') ? 'SVG' : 'PNG', options)),
      })),
    downloads: csvs.map((file) => linkTo(file, file.label, options)),
    fontFaces: compact ? '' : pageFontFaces(),
  });
  const verdict = verdictText(summary, run.training);
  const files: readonly ReportFile[] = [
    ...csvs,
    ...drawn.flatMap((figure) => figure.files),
    { path: 'evaluation.json', type: 'application/json', content: evaluationText(outFolder, run.evaluation) },
    { path: 'verdict.txt', type: 'text/plain', content: verdict },
    { path: 'report.html', type: 'text/html', content: page },
  ];
  for (const { path, content } of files) await writeAtomic(join(outFolder, path), content);
  return { html: join(outFolder, 'report.html'), files: files.map(({ path }) => join(outFolder, path)), verdict };
}

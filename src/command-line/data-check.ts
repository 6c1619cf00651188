import { Command } from 'commander';
import { DataError } from '../ground/errors.ts';
import { number } from '../report/number.ts';
import { textTable } from '../report/terminal-table.ts';
import type { CaptureSummary } from '../teachers/capture/summary.ts';
import type { TensorSummary } from '../teachers/capture/tensor-summary.ts';
import { numberBetween } from './number-option.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface CheckOptions extends CommonOptions {
  readonly guidance: number;
  readonly imageGuidance?: number;
}

/** `fewstep data check`: what a capture holds, and whether it can be distilled on. */
export const checkCommand = (terminal: Terminal): Command =>
  new Command('check')
    .summary('read a capture and say what is in it')
    .description(
      'Reads all shards of a capture: shapes, types, numbers that are not finite, repeated rows, moments by channel, ' +
        'histograms. Ends with an error where the capture cannot be distilled on.',
    )
    .argument('<folder>', 'folder of safetensors or npy shards')
    .option('--guidance <scale>', 'guidance scale of the distillation; 1 is none', numberBetween(0, 100), 1)
    .option('--image-guidance <scale>', 'scale of the image in three-way guidance', numberBetween(0, 100))
    .option('--json', 'print the summary as JSON, and no progress')
    .option('--quiet', 'print no progress')
    .addHelpText('after', '\nExample:\n  fewstep data check captures/nextstep --guidance 7.5')
    .action(async (folder: string, options: CheckOptions) => {
      const { summarizeCapture } = await import('../teachers/capture/summary.ts');
      const progress = await terminal.progress(options);
      let stage: ReturnType<typeof progress.stage> | undefined;
      const summary = await summarizeCapture(folder, {
        guidance: options.guidance,
        ...(options.imageGuidance !== undefined && { imageGuidance: options.imageGuidance }),
        onTensor: (done, total) => {
          stage ??= progress.stage('capture', total, 'tensors');
          stage.advance(done);
        },
      });
      stage?.done();
      terminal.print(options.json === true ? JSON.stringify(summary, null, 2) : summaryText(summary));
      const [first, ...others] = summary.problems;
      if (first !== undefined)
        throw new DataError(`${first}${others.length > 0 ? `; and ${others.length} more problems` : ''}`);
    });

const columns = ['tensor', 'shape', 'dtype', 'mean', 'std', 'min', 'max', 'repeated rows', 'not finite'].map(
  (title, index) => ({ title, align: index < 3 ? ('left' as const) : ('right' as const) }),
);

/** A summary as text: a table, channels that stand out, histograms, remarks and problems. */
export function summaryText({ path, rows, shards, split, tensors, remarks, problems }: CaptureSummary): string {
  const table = textTable(
    columns,
    tensors.map(({ name, shape, dtypes, mean, std, min, max, repeats, notFinite }) => [
      name,
      `[${shape.join(', ')}]`,
      dtypes.join(', '),
      ...[mean, std, min, max].map(number),
      shape.length > 1 ? String(repeats) : '',
      String(notFinite),
    ]),
  );
  return [
    `${path}: ${rows} rows in ${shards} ${shards === 1 ? 'shard' : 'shards'}; ${split.train} to train, ${split.test} to test`,
    table,
    ...tensors.filter(({ shape }) => shape.length > 1).map(channelsText),
    ...tensors.map(histogramText),
    ...remarks.map((remark) => `Note: ${remark}`),
    ...(problems.length === 0 ? ['No problems found'] : problems.map((problem) => `Problem: ${problem}`)),
  ].join('\n\n');
}

function channelsText({ name, medianStd, constant, outliers }: TensorSummary): string {
  const title = `${name}: median std of a channel ${number(medianStd)}, ${constant} constant channels`;
  const lines = outliers.map(
    ({ channel, mean, std, min, max }) =>
      `  channel ${channel}: mean ${number(mean)}, std ${number(std)}, from ${number(min)} to ${number(max)}`,
  );
  return [lines.length > 0 ? `${title}; these stand out:` : title, ...lines].join('\n');
}

const BAR = 40;

function histogramText({ name, histogram: { from, to, counts } }: TensorSummary): string {
  const most = Math.max(1, ...counts);
  const edge = (bin: number): string => number(from + ((to - from) * bin) / counts.length);
  const edges = counts.map((_, bin) => (bin === 0 ? '…' : edge(bin)));
  const width = Math.max(...edges.map(({ length }) => length));
  const lines = counts.map((count, bin) =>
    `  ${(edges[bin] ?? '').padStart(width)} ${'█'.repeat(Math.round((BAR * count) / most))} ${count}`.trimEnd(),
  );
  return [`${name}:`, ...lines].join('\n');
}

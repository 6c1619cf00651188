import { dispersion } from '../../evaluation/metric/dispersion.ts';
import type { ReferenceEvaluation } from '../../evaluation/reference/evaluate-reference.ts';
import type { ContextMean, EndQuality } from '../../evaluation/reference/measure.ts';
import { decimalsOf, estimateText, grouped, number } from '../../report/number.ts';
import { timesText } from '../../report/own-times.ts';
import { shorten, type TextColumn, textTable } from '../../report/terminal-table.ts';
import { labelled } from '../phrase.ts';

const column = (title: string, align: TextColumn['align'] = 'right'): TextColumn => ({ title, align });

const columns: readonly TextColumn[] = [
  column('Head', 'left'),
  column('Seed'),
  column('Sampler', 'left'),
  column('Steps'),
  column('Times', 'left'),
  column('NFE'),
  column('Energy distance [95 %]', 'left'),
  column('Std. error'),
  column('Dispersion', 'left'),
  column('Endpoint error', 'left'),
  column('File', 'left'),
];

/** The rows of an evaluation against a reference as a table, with its floor and what was measured. */
export function referenceText({ reference, floor, sizes, students, solvers = [] }: ReferenceEvaluation): string {
  const paths = [...new Set(students.map(({ path }) => path))];
  const names = new Set(students.map(({ student, seed }) => `${student} ${seed}`));
  const alike = names.size < paths.length;
  const rows = [
    ...students.map((row) => [
      ...[
        shorten(row.student, 40),
        String(row.seed ?? ''),
        row.sampler,
        String(row.steps),
        row.times ? timesText(row.times) : '',
      ],
      ...qualityCells(row),
      alike ? row.path : '',
    ]),
    ...solvers.map((row) => ['teacher', '', row.solver, String(row.steps), '', ...qualityCells(row)]),
    ['floor', '', '', '', '', '', ...distanceCells(floor)],
  ];
  const { contexts, draws, token, condition } = sizes;
  const measured = `${reference}: ${contexts} contexts × ${draws} draws, D = ${token}, H = ${condition}`;
  return `${textTable(columns, rows)}\n\n${labelled({ Reference: measured, Floor: 'x1 against x1_b, where equal distributions are' })}`;
}

const qualityCells = (row: EndQuality & { readonly nfe: number }): string[] => [
  String(row.nfe),
  ...distanceCells(row.energyDistance),
  row.dispersion ? estimateText(row.dispersion, dispersion) : '',
  row.endpointError ? estimateText(row.endpointError) : '',
];

/** Three significant digits, but to the fourth decimal: rows are read against the floor, which is near 0. */
function distanceCells({ value, low, high, standardError }: ContextMean): string[] {
  const decimals = Math.min(4, decimalsOf(value));
  const [middle, from, to] = [value, low, high].map((end) => grouped(end, decimals));
  return [`${middle} [${from}, ${to}]`, standardError === undefined ? '' : number(standardError)];
}

import type { Summary } from '../summary.ts';
import { seriesTone, tone } from './palette.ts';
import { textWidth } from './text-width.ts';

/** How a head is drawn wherever it appears: colour, shape and dash, so that none of them is needed alone. */
export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly shape: string;
  readonly dash: readonly number[];
}

/** Shapes that students take in turn. */
export const studentShapes = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross'] as const;
const solverShapes = ['cross', 'triangle-right', 'triangle-left', 'diamond', 'square', 'circle'] as const;
/** Dashes of solvers: in equal steps, as they are fitted, and in steps that change along an image. */
const solverDashes = { equal: [4, 3], fitted: [1, 3], annealed: [7, 3, 1, 3] } as const;

/** The students' series, then the solvers'. */
export function seriesOf(summary: Summary): readonly Series[] {
  const students = summary.students.map((name, index) => ({
    name,
    colour: tone(seriesTone(index)),
    shape: studentShapes[index % studentShapes.length] ?? 'circle',
    dash: [1, 0],
  }));
  return [...students, ...solverSeries(summary)];
}

/** A solver keeps its shape however its steps are; its dash says how. */
function solverSeries({ solvers, entries }: Summary): readonly Series[] {
  const rows = solvers.map((name) => entries.find((entry) => entry.kind === 'solver' && entry.name === name));
  const methods = [...new Set(rows.map((entry) => entry?.method))];
  return solvers.map((name, index) => {
    const entry = rows[index];
    const [row] = entry?.rows ?? [];
    const steps = row?.stepsByToken !== undefined ? 'annealed' : row?.fit !== undefined ? 'fitted' : 'equal';
    return {
      name,
      colour: tone('baseline'),
      shape: solverShapes[methods.indexOf(entry?.method) % solverShapes.length] ?? 'cross',
      dash: solverDashes[steps],
    };
  });
}

/** The series of the teacher, under its row's name. */
export function teacherSeries({ teacher }: Summary): Series {
  return { name: teacher.name, colour: tone('ink'), shape: 'diamond', dash: [1, 0] };
}

const SYMBOL = 34; // pixels of a legend's symbol and its gaps
const LABEL_LIMIT = 400; // pixels: some sixty letters; longer names end in an ellipsis

/** How many columns of a legend fit into a width. */
function legendColumns(series: readonly Series[], width: number): number {
  const widths = series.map(({ name }) => SYMBOL + Math.min(LABEL_LIMIT, textWidth(name, 12)));
  const fits = (columns: number): boolean => {
    const widest = Array.from({ length: columns }, (_, column) =>
      Math.max(0, ...widths.filter((_width, index) => index % columns === column)),
    );
    return widest.reduce((sum, size) => sum + size, 0) <= width;
  };
  const columns = series.map((_, index) => series.length - index).find(fits);
  return columns ?? 1;
}

/** Colour, shape and dash channels of Vega-Lite for series, by the field `name`; one legend of this width for all. */
export function seriesChannels(series: readonly Series[], width: number) {
  const domain = series.map(({ name }) => name);
  const channel = <Value>(range: readonly Value[]) => ({
    field: 'name',
    type: 'nominal' as const,
    title: null,
    scale: { domain, range },
    legend: { columns: legendColumns(series, width), labelLimit: LABEL_LIMIT },
  });
  return {
    color: channel(series.map(({ colour }) => colour)),
    shape: channel(series.map(({ shape }) => shape)),
    strokeDash: channel(series.map(({ dash }) => dash)),
  };
}

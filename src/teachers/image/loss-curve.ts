import type { TrainingLog } from '../../engine/training/task.ts';

const WIDTH = 640;
const HEIGHT = 240;
const MARGIN = { left: 48, right: 12, top: 12, bottom: 28 };
const BINS = 160;

/** The loss over the steps as a small SVG: means of at most 160 stretches of the run. */
export function lossCurve(lines: readonly TrainingLog[]): string {
  const points = binned(lines);
  const steps = lines.at(-1)?.step ?? 1;
  const losses = points.map(({ loss }) => loss);
  const low = Math.min(...losses, 0);
  const high = Math.max(...losses, low + 1e-6);
  const x = (step: number): number => MARGIN.left + (step / steps) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (loss: number): number =>
    HEIGHT - MARGIN.bottom - ((loss - low) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const path = points.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
  const text = (at: readonly [number, number], anchor: string, word: string): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}">${word}</text>`;
  const axis = [low, (low + high) / 2, high].map((loss) =>
    text([MARGIN.left - 6, y(loss) + 4], 'end', loss.toFixed(2)),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<polyline fill="none" stroke="#2563eb" stroke-width="1.5" points="${path}"/>`,
    ...axis,
    text([x(0), HEIGHT - 8], 'start', 'step 0'),
    text([x(steps), HEIGHT - 8], 'end', `step ${steps}`),
    '</svg>',
    '',
  ].join('\n');
}

function binned(lines: readonly TrainingLog[]): { readonly step: number; readonly loss: number }[] {
  const size = Math.max(1, Math.ceil(lines.length / BINS));
  return Array.from({ length: Math.ceil(lines.length / size) }, (_, bin) => {
    const part = lines.slice(bin * size, (bin + 1) * size);
    const mean = (of: (line: TrainingLog) => number): number =>
      part.reduce((sum, line) => sum + of(line), 0) / part.length;
    return { step: mean(({ step }) => step), loss: mean(({ loss }) => loss) };
  });
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';

/** Keys of JSON files that may differ between equal runs: times, speeds, and the checksums that cover them. */
const timedKeys = [
  'createdAt',
  'seconds',
  'secondsElapsed',
  'trainingSeconds',
  'stageSeconds',
  'speed',
  'workers',
  'seal',
  'log',
] as const;
const timedColumns = /seconds|latency|speedup|per_second|share|amdahl/;
/** Files with times in their text or picture: that they are there and hold something is compared. */
const timedFiles = ['pareto.svg', 'pareto.png', 'report.html', 'verdict.txt', 'card.md'];
/** Bookkeeping that no result depends on. */
const bookkeeping = ['times.jsonl', 'versions.json', 'plan.json'];
/** Who did which unit of a run, and when. */
const records = /(^|\/)tasks\//;

const timeless = (text: string): string =>
  JSON.stringify(JSON.parse(text, (key, value) => (timedKeys.some((timed) => timed === key) ? undefined : value)));

function timelessTable(text: string): string {
  const [header = [], ...rows] = text.split('\n').map((line) => line.split(','));
  const kept = header.flatMap((name, column) => (timedColumns.test(name) ? [] : [column]));
  return [header, ...rows].map((row) => kept.map((column) => row[column]).join()).join('\n');
}

const readings: Readonly<Record<string, (text: string) => string>> = {
  '.json': timeless,
  '.jsonl': (text) => text.trimEnd().split('\n').map(timeless).join('\n'),
  '.csv': timelessTable,
};

function resultOf(path: string): string {
  if (timedFiles.includes(basename(path))) return statSync(path).size > 0 ? 'present' : 'empty';
  const reading = readings[extname(path)];
  const content = reading === undefined ? readFileSync(path) : reading(readFileSync(path, 'utf8'));
  return createHash('sha256').update(content).digest('hex');
}

/** All result files below a folder by their paths. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !bookkeeping.includes(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !records.test(path))
    .toSorted();

/** SHA-256 of every result file below a folder by path, without what may differ between equal runs. */
export type Results = Readonly<Record<string, string>>;

/** Reads the results below a folder. */
export const resultsOf = (folder: string): Results =>
  Object.fromEntries(filesBelow(folder).map((path) => [path, resultOf(join(folder, path))]));

/** The first file that differs, is missing or is one too many, if any. */
export function difference(got: Results, expected: Results): string | undefined {
  const paths = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
  const path = paths.find((name) => got[name] !== expected[name]);
  if (path === undefined) return undefined;
  if (expected[path] === undefined) return `${path} is left over`;
  return got[path] === undefined ? `${path} is missing` : `${path} has another content`;
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRecipe } from '../../src/distillation/recipe/load.ts';
import { readForeignModel } from '../../src/engine/onnx-graph/foreign-model.ts';
import { metricsReading } from '../../src/evaluation/command/given-metrics.ts';
import { readTokens } from '../../src/evaluation/command/sample-set.ts';
import { readToldReal } from '../../src/evaluation/real/told-real.ts';
import { readEvaluation } from '../../src/evaluation/stage/evaluation-file.ts';
import { openCheckpoint } from '../../src/ground/checkpoint/open.ts';
import { FlowError } from '../../src/ground/errors.ts';
import { readNpy } from '../../src/ground/file/npy.ts';
import { readSafetensors } from '../../src/ground/file/safetensors.ts';
import { parseIdx } from '../../src/teachers/data/idx.ts';
import { below, type Kind } from './kind.ts';
import { changed, changeNames } from './mutate.ts';

/** The most processor time that a reader may take for a small file, in seconds. */
const LONGEST = 2;

/** A reader under attack: the name its file has, an honest file, and what reads it whole. */
interface Target {
  readonly name: string;
  readonly honest: Buffer;
  readonly read: (path: string) => Promise<unknown>;
}

async function readCheckpoint(path: string): Promise<void> {
  const checkpoint = await openCheckpoint(path);
  try {
    for (const name of checkpoint.tensors.keys()) await checkpoint.read(name);
  } finally {
    await checkpoint.close();
  }
}

async function readStatistics(path: string): Promise<void> {
  const told = await readToldReal(path, 1);
  if ('images' in told)
    for await (const { data } of told.images) if (data.length === 0) throw new RangeError('no image');
}

const fixture = (name: string): Buffer => readFileSync(join('test/fixtures/checkpoint', name));

function npy(): Buffer {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }".padEnd(117);
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  return Buffer.concat([start, Buffer.from(`${header}\n`), Buffer.alloc(48, 7)]);
}

const idx = (): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 5]), Buffer.alloc(100, 9)]);

/** Without its seal, which would refuse every change before it is looked at. */
function evaluation(): Buffer {
  const { seal: _, ...content } = JSON.parse(readFileSync('reports/digits-full/evaluation.json', 'utf8'));
  return Buffer.from(JSON.stringify(content, undefined, 2));
}

const metrics = (): Buffer => Buffer.from('{ "fid": 3.5, "wer": { "value": 0.25, "low": 0.125, "high": 0.5 } }');

/** Six samples of two tokens. */
function tokens(): Buffer {
  const header = Buffer.from('{"tokens":{"dtype":"F32","shape":[6,2,2],"data_offsets":[0,96]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(96, 7)]);
}

const recipe = (path: string) => loadRecipe('distill', path);

const targets = (): readonly Target[] => [
  { name: 'smoke.yaml', honest: readFileSync('recipes/smoke.yaml'), read: recipe },
  { name: 'digits.yaml', honest: readFileSync('recipes/digits.yaml'), read: recipe },
  { name: 'types.safetensors', honest: fixture('types.safetensors'), read: readCheckpoint },
  { name: 'training.safetensors', honest: fixture('training.safetensors'), read: readSafetensors },
  ...['types.pth', 'types-legacy.pth', 'views.pth', 'protocol-5.pth'].map((name) => ({
    name,
    honest: fixture(name),
    read: readCheckpoint,
  })),
  { name: 'array.npy', honest: npy(), read: readNpy },
  ...['fid', 'deflated', 'adm'].map((name) => ({
    name: `${name}.npz`,
    honest: readFileSync(join('test/fixtures/statistics', `${name}.npz`)),
    read: readStatistics,
  })),
  {
    name: 'residual-script.onnx',
    honest: readFileSync('test/engine/onnx-graph/fixtures/residual-script.onnx'),
    read: async (path: string) => (await readForeignModel(path)).bytesFor('velocity'),
  },
  { name: 'images.idx', honest: idx(), read: async (path) => parseIdx(await readFile(path), path) },
  { name: 'metrics.json', honest: metrics(), read: (path) => metricsReading.read(join(path, '..')) },
  { name: 'tokens.safetensors', honest: tokens(), read: (path) => readTokens(join(path, '..')) },
  { name: 'evaluation.json', honest: evaluation(), read: (path) => readEvaluation(join(path, '..')) },
];

let honest: readonly Target[] | undefined;

/** The targets, each of which its reader reads before it is changed. */
async function readable(folder: string): Promise<readonly Target[]> {
  mkdirSync(folder, { recursive: true });
  const all = targets();
  for (const { name, honest: bytes, read } of all) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    await read(path);
  }
  return all;
}

async function attempt(read: Target['read'], path: string): Promise<{ ending: string; wrong?: string }> {
  try {
    await read(path);
    return { ending: 'read' };
  } catch (error) {
    if (error instanceof FlowError) return { ending: 'refused' };
    return { ending: 'thrown', wrong: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Changes an honest file at one to three places and reads it in this process: it is read or refused, and soon. */
export const hostile: Kind = async (random, { base }) => {
  const folder = join(base, 'hostile');
  honest ??= await readable(folder);
  const target = honest[below(random, honest.length)];
  if (target === undefined) throw new RangeError('expected a reader, got none');
  const names = Array.from(
    { length: 1 + below(random, 3) },
    () => changeNames[below(random, changeNames.length)] ?? '',
  );
  const path = join(folder, target.name);
  writeFileSync(
    path,
    names.reduce((bytes, name) => changed(bytes, name, random), target.honest),
  );
  const before = process.cpuUsage();
  const { ending, wrong } = await attempt(target.read, path);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const slow = seconds > LONGEST ? `took ${seconds.toFixed(1)} s of processor time` : undefined;
  return { what: `${target.name}: ${names.join(', ')}`, ending, wrong: wrong ?? slow };
};

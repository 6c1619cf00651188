/** The network whose features images are compared in: one that was trained here, in a folder, or the user's own as ONNX. */
import type { FeatureSource } from '../../distillation/recipe/recipe.ts';
import { cpuEngine, type Engine } from '../../engine/graph/program.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import { loadFeatures, readFeatures } from './features.ts';
import type { Judge } from './judge.ts';
import type { JudgeRecipe } from './judge-contract.ts';
import { openOnnxJudge, readOnnxJudge } from './onnx-judge.ts';
import { featureWeightsPath } from './weights.ts';

/** How a kind of network is opened, checked hours before its use, and known again. */
interface Kind<Source> {
  readonly open: (source: Source, engine: Engine) => Promise<Judge>;
  readonly check: (source: Source) => Promise<unknown>;
  readonly hash: (source: Source) => Promise<string>;
}

const folder: Kind<string> = {
  open: loadFeatures,
  check: readFeatures,
  hash: (path) => sha256File(featureWeightsPath(path)),
};

const graph: Kind<JudgeRecipe> = {
  open: openOnnxJudge,
  check: readOnnxJudge,
  hash: async (recipe) => (await readOnnxJudge(recipe)).model.hash,
};

/** Uses the kind of a network: a contract or a file of a graph, or a folder. */
function withKind<Result>(source: FeatureSource, use: <Source>(kind: Kind<Source>, source: Source) => Result): Result {
  if (typeof source !== 'string') return use(graph, source);
  return /\.onnx$/i.test(source) ? use(graph, { model: source }) : use(folder, source);
}

/** Opens the network of a recipe. Throws DataError, FileError or EngineError, one line. */
export const openJudge = (source: FeatureSource, engine: Engine = cpuEngine()): Promise<Judge> =>
  withKind(source, (kind, own) => kind.open(own, engine));

/** Reads it and checks it against its card or contract. Throws DataError or FileError. */
export const checkJudge = async (source: FeatureSource): Promise<void> => {
  await withKind(source, (kind, own) => kind.check(own));
};

/** SHA-256 of all that determines its features, beside the recipe. */
export const judgeHash = (source: FeatureSource): Promise<string> => withKind(source, (kind, own) => kind.hash(own));

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import type { ExtraRole } from '../../heads/family/family.ts';
import { type FamilyName, families } from '../../heads/family/table.ts';
import { flowRules } from '../../heads/original/flow-rules.ts';
import type { Postprocessing } from '../../heads/original/postprocessing.ts';
import { under } from '../../teachers/image/model.ts';
import { readImageWeights } from '../../teachers/image/weights.ts';
import { readGraph } from '../../teachers/imported/graph/read.ts';
import { isGraph } from '../../teachers/imported/head.ts';
import { type ImportedHead, importedWeightsPath, readImported } from '../../teachers/imported/weights.ts';
import { readStudent, type Student } from '../student/file.ts';
import type { AppliedHead } from './applied-head.ts';

/** What `apply` is given: a teacher's head or a student. */
export type Loaded = { readonly head: AppliedHead } | { readonly student: Student };

const expectation = "expected a teacher's folder, or a student's folder or file";

/** Reads a teacher's folder (imported or of images) or a student's folder or file. Throws FileError or DataError. */
export async function loadHead(path: string): Promise<Loaded> {
  if (!(await isFolder(path))) return { student: await studentIn(path) };
  if (await isFile(join(path, 'head.safetensors'))) return { student: await studentIn(join(path, 'head.safetensors')) };
  if (await isGraph(path)) return { head: await graphHead(path) };
  const weights = importedWeightsPath(path);
  if (!(await isFile(weights))) throw new FileError(`${path}: ${expectation}, found no weights.safetensors in it`);
  const { format } = await metadataOf(weights);
  return {
    head: format?.startsWith('fewstep-digits') ? await imageHead(path) : importedHead(await readImported(path)),
  };
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    (error) => {
      throw fileFailure(path, 'read', error);
    },
  );

async function metadataOf(path: string): Promise<Readonly<Record<string, string>>> {
  const file = await openSafetensors(path);
  await file.close();
  return file.metadata;
}

async function studentIn(path: string): Promise<Student> {
  const { sampler } = await metadataOf(path);
  if (sampler !== undefined) return readStudent(path);
  throw new FileError(`${path}: ${expectation}; weights of an original system come in by: fewstep teacher import`);
}

/** A head that came as ONNX, whose system is not known: it is sampled as a flow. */
async function graphHead(path: string): Promise<AppliedHead> {
  const { config, parameters } = await readGraph(path);
  return { system: 'ONNX', rules: flowRules, losses: [], parameters, prefix: '', config, postprocessing: {} };
}

/** The head of an image teacher: a velocity, so that the rules of flow families apply. */
async function imageHead(path: string): Promise<AppliedHead> {
  const { config, parameters } = await readImageWeights(path);
  return {
    system: 'the image model',
    rules: families.nextstep.rules,
    losses: families.nextstep.losses,
    parameters: under('head', parameters),
    prefix: 'head/',
    config: config.head,
    postprocessing: {},
  };
}

function importedHead({ card, config, parameters, extras }: ImportedHead): AppliedHead {
  const extra = (role: ExtraRole) => extraOf(card.family, role, extras);
  const postprocessing = {
    ...postprocessingOf((role) => extra(role)?.data),
    ...(card.useNorm && { normalized: true }),
    ...(families[card.family].onSphere && { onSphere: true }),
  };
  const scale = card.latentScale === 1 ? {} : { scale: card.latentScale };
  const [weight, bias, positions] = [extra('projector-weight'), extra('projector-bias'), extra('positions')];
  const projector = weight && bias ? { projector: { weight, bias } } : {};
  return {
    system: card.family,
    rules: families[card.family].rules,
    losses: families[card.family].losses,
    parameters,
    prefix: card.prefix,
    config,
    postprocessing: { ...scale, ...postprocessing },
    ...projector,
    ...(positions && { positions }),
  };
}

/** The extra of a role. */
function extraOf(family: FamilyName, role: ExtraRole, extras: Parameters): HostTensor<Float32Array> | undefined {
  const wanted = families[family].extras.find((extra) => extra.role === role)?.name;
  return wanted === undefined ? undefined : Object.entries(extras).find(([name]) => name.endsWith(wanted))?.[1];
}

/** How sampled tokens become latents again, by the numbers that came along. */
function postprocessingOf(numbers: (role: ExtraRole) => ArrayLike<number> | undefined): Postprocessing {
  const [mean, std] = [numbers('mean'), numbers('std')];
  const [factor, bias] = [numbers('scale')?.[0], numbers('bias')?.[0]];
  return {
    ...(mean && std && { mean, std }),
    ...(factor !== undefined && { scale: factor }),
    ...(bias !== undefined && { shift: -bias }),
  };
}

import { DataError, FileError } from '../../../ground/errors.ts';
import type { RunProgram } from '../../../teachers/backbone/draw.ts';
import { drawImages } from './draw-images.ts';
import { type WebModelFile, type WebSampler, webFormat } from './model-file.ts';
import { chosenSampler, resolveRequest } from './request.ts';
import type { GeneratedImage, GenerateRequest, LoadOptions, OnnxRuntime, OnnxSession, WebModel } from './types.ts';

/** Where a bundle has its ONNX runtime. */
const ownRuntime = 'ort/ort.wasm.min.mjs';

/** Loads a bundle's backbone and the sampler of a request that leaves it open; others are loaded when first asked for. */
export async function openModel(address: string | URL, { ort, read = fetched }: LoadOptions): Promise<WebModel> {
  const folder = folderAddress(address);
  const file = parsedModel(new URL('model.json', folder), await read(new URL('model.json', folder)));
  const runtime = await runtimeOf(ort ?? new URL(ownRuntime, folder), folder);
  const sessions = programs(runtime, (name) => read(new URL(name, folder)));
  const { prefill, step } = file.programs;
  const backbone = { config: file.backbone, prefill: await sessions.get(prefill), step: await sessions.get(step) };
  const generate = async (request: GenerateRequest): Promise<GeneratedImage[]> => {
    const resolved = resolveRequest(file, request);
    return drawImages(file, { ...backbone, sampler: await sessions.get(resolved.sampler.file) }, resolved);
  };
  await sessions.get(chosenSampler(file, {}).sampler.file);
  return { ...described(file), generate: inTurn(generate), release: sessions.release };
}

/** What a page shows of a model. */
function described({ name, data, students, guidance, backbone }: WebModelFile) {
  const [height, width] = data.size;
  const stepsOf = (samplers: readonly WebSampler[]): number[] => samplers.map(({ steps }) => steps);
  return {
    ...{ name, guidance, width, height, prompts: data.prompts, channels: data.channels, inverted: data.inverted },
    tokens: backbone.imageLength,
    students: students.map((student) => ({
      name: student.name,
      method: student.method,
      steps: stepsOf(student.samplers),
    })),
  };
}

/** The address of a folder as relative ones start from it; on a page, relative to the page. */
function folderAddress(address: string | URL): URL {
  const { document } = globalThis as { readonly document?: { readonly baseURI: string } };
  const folder = new URL(address, document?.baseURI);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}

async function fetched(address: URL): Promise<Uint8Array> {
  const answer = await fetch(address).catch((cause: unknown) => {
    throw new FileError(`${address}: expected a file of the bundle, got no answer`, { cause });
  });
  if (!answer.ok) throw new FileError(`${address}: expected a file of the bundle, got HTTP ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function parsedModel(address: URL, bytes: Uint8Array): WebModelFile {
  const model = parsedJson(address, bytes) as Partial<WebModelFile> | null;
  if (model?.format !== webFormat)
    throw new DataError(`${address}: expected format ${webFormat}, got ${JSON.stringify(model?.format ?? 'none')}`);
  return model as WebModelFile; // its writer has the same type
}

function parsedJson(address: URL, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataError(`${address}: expected the model.json of a bundle, got no JSON`, { cause });
  }
}

async function runtimeOf(ort: OnnxRuntime | string | URL, folder: URL): Promise<OnnxRuntime> {
  if (!(ort instanceof URL) && typeof ort !== 'string') return ort;
  const module = new URL(ort, folder).href;
  return import(/* @vite-ignore */ module).catch((cause: unknown) => {
    throw new FileError(
      `${module}: expected onnxruntime-web, found no module; copy ort.wasm.min.mjs, ort-wasm-simd-threaded.mjs and ` +
        'ort-wasm-simd-threaded.wasm of node_modules/onnxruntime-web/dist there',
      { cause },
    );
  });
}

/** Programs by file, each loaded once. */
function programs({ InferenceSession, Tensor }: OnnxRuntime, read: (name: string) => Promise<Uint8Array>) {
  const loaded = new Map<string, Promise<OnnxSession>>();
  const session = (name: string): Promise<OnnxSession> => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const made = read(name).then((bytes) => InferenceSession.create(bytes));
    loaded.set(name, made);
    made.catch(() => loaded.delete(name)); // the next request tries again
    return made;
  };
  return {
    get: async (name: string): Promise<RunProgram> => {
      const opened = await session(name);
      return async (feeds) => {
        const tensors = Object.entries(feeds).map(([key, { shape, data }]) => [
          key,
          new Tensor('float32', data, shape),
        ]);
        const results = Object.entries(await opened.run(Object.fromEntries(tensors)));
        return Object.fromEntries(
          results.map(([key, { dims, data }]) => [key, { shape: dims, data: floats(key, data) }]),
        );
      };
    },
    release: async (): Promise<void> => {
      const opened = await Promise.allSettled(loaded.values());
      loaded.clear();
      for (const result of opened) if (result.status === 'fulfilled') await result.value.release();
    },
  };
}

function floats(name: string, data: unknown): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new DataError(`output ${name}: expected float32 numbers`);
}

/** A function whose calls wait for those before them: a session runs one at a time. */
function inTurn<In, Out>(act: (input: In) => Promise<Out>): (input: In) => Promise<Out> {
  let last: Promise<unknown> = Promise.resolve();
  return (input) => {
    const turn = last.then(() => act(input));
    last = turn.catch(() => undefined);
    return turn;
  };
}

import { compile } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import { oddPlace } from '../../ground/finite.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { CLASSES, FEATURE_SIZE, featureNetwork } from './network.ts';

/** Features [N, 64] and logits [N, 10] of images, row by row. */
export interface Extracted {
  readonly features: HostTensor<Float32Array>;
  readonly logits: HostTensor<Float32Array>;
}

/** A compiled feature network. */
export interface Extractor {
  /** Images [N, 28, 28] of 0 (paper) to 1 (ink), in batches. Throws DataError on another shape, NaN or infinity. */
  extract(images: HostTensor<Float32Array>): Promise<Extracted>;
  dispose(): Promise<void>;
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const BATCH = 128;

/** Compiles the network with its weights inside. */
export async function featureExtractor(parameters: Parameters, engine: Engine): Promise<Extractor> {
  const program = await compile(
    (inputs) => {
      const features = featureNetwork.features(inputs, named(inputs, 'images'));
      return { features, logits: featureNetwork.logits(inputs, features) };
    },
    { images: { shape: ['batch', SIDE, SIDE] } },
    { engine, constants: parameters },
  );
  return {
    async extract(images) {
      const count = checkImages(images);
      const features = new Float32Array(count * FEATURE_SIZE);
      const logits = new Float32Array(count * CLASSES);
      for (let row = 0; row < count; row += BATCH) {
        const rows = Math.min(BATCH, count - row);
        const data = images.data.subarray(row * PIXELS, (row + rows) * PIXELS);
        await program.run(
          { images: { shape: [rows, SIDE, SIDE], data } },
          {
            features: part(features, row, rows, FEATURE_SIZE),
            logits: part(logits, row, rows, CLASSES),
          },
        );
      }
      return {
        features: { shape: [count, FEATURE_SIZE], data: features },
        logits: { shape: [count, CLASSES], data: logits },
      };
    },
    dispose: () => program.dispose(),
  };
}

const part = (data: Float32Array, row: number, rows: number, size: number): HostTensor => ({
  shape: [rows, size],
  data: data.subarray(row * size, (row + rows) * size),
});

function checkImages({ shape, data }: HostTensor<Float32Array>): number {
  const [count = 0] = shape;
  if (shape.length !== 3 || shape[1] !== SIDE || shape[2] !== SIDE || data.length !== count * PIXELS || count < 1) {
    throw new DataError(`images: expected [N, 28, 28], got [${shape.join(', ')}]`);
  }
  const odd = oddPlace(data);
  if (odd >= 0)
    throw new DataError(`images: expected finite pixels, got ${data[odd]} in image ${Math.floor(odd / PIXELS)}`);
  return count;
}

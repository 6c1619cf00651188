import { compile } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import { oddPlace } from '../../ground/finite.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { imageLength, imagesShape } from '../../teachers/data/image-data-set.ts';
import { FEATURE_SIZE, type FeatureData, featureNetwork } from './network.ts';

/** Features [N, d] of images, row by row, and logits [N, classes] of networks that tell classes. */
export interface Extracted {
  readonly features: HostTensor<Float32Array>;
  readonly logits?: HostTensor<Float32Array>;
}

/** A network that gives features, and perhaps logits. */
export interface Extractor<Found extends Extracted = Extracted> {
  /** Images [N, height, width] or [N, height, width, 3] of 0 to 1, in batches. Throws DataError on another shape, NaN or infinity. */
  extract(images: HostTensor<Float32Array>): Promise<Found>;
  dispose(): Promise<void>;
}

const BATCH = 128;

/** A network that tells classes, too. */
export type Classifier = Extractor<Required<Extracted>>;

/** Compiles the network with its weights inside. */
export async function featureExtractor(parameters: Parameters, data: FeatureData, engine: Engine): Promise<Classifier> {
  const network = featureNetwork(data);
  const [pixels, classes] = [imageLength(data), data.prompts.length];
  const program = await compile(
    (inputs) => {
      const features = network.features(inputs, named(inputs, 'images'));
      return { features, logits: network.logits(inputs, features) };
    },
    { images: { shape: ['batch', ...imagesShape(1, data).slice(1)] } },
    { engine, constants: parameters },
  );
  return {
    async extract(images) {
      const count = checkImages(images, data);
      const features = new Float32Array(count * FEATURE_SIZE);
      const logits = new Float32Array(count * classes);
      for (let row = 0; row < count; row += BATCH) {
        const rows = Math.min(BATCH, count - row);
        const part = images.data.subarray(row * pixels, (row + rows) * pixels);
        await program.run(
          { images: { shape: imagesShape(rows, data), data: part } },
          {
            features: rowsOf(features, row, rows, FEATURE_SIZE),
            logits: rowsOf(logits, row, rows, classes),
          },
        );
      }
      return {
        features: { shape: [count, FEATURE_SIZE], data: features },
        logits: { shape: [count, classes], data: logits },
      };
    },
    dispose: () => program.dispose(),
  };
}

const rowsOf = (data: Float32Array, row: number, rows: number, size: number): HostTensor => ({
  shape: [rows, size],
  data: data.subarray(row * size, (row + rows) * size),
});

function checkImages({ shape, data }: HostTensor<Float32Array>, expected: FeatureData): number {
  const [count = 0] = shape;
  const pixels = imageLength(expected);
  const [, ...sizes] = imagesShape(count, expected);
  if (shape.slice(1).join() !== sizes.join() || data.length !== count * pixels || count < 1) {
    throw new DataError(`images: expected [N, ${sizes.join(', ')}], got [${shape.join(', ')}]`);
  }
  const odd = oddPlace(data);
  if (odd >= 0)
    throw new DataError(`images: expected finite pixels, got ${data[odd]} in image ${Math.floor(odd / pixels)}`);
  return count;
}

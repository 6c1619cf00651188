/** Draws a model's images from the files of a web bundle: in a browser, or wherever an ONNX runtime is handed in. */
import { openModel } from './open-model.ts';
import type { GeneratedImage, LoadOptions, WebModel } from './types.ts';

export type * from './types.ts';

/** Loads the bundle at an address (of its folder, with or without a slash). Throws an Error that says what was expected. */
export const load = (address: string | URL, options: LoadOptions = {}): Promise<WebModel> =>
  openModel(address, options);

/** An image as a canvas takes it, [height, width, 4]; 0 is white where it is inverted. */
export function toRgba(
  { pixels, channels }: GeneratedImage,
  { inverted }: { readonly inverted: boolean },
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((pixels.length / channels) * 4).fill(255);
  for (let i = 0; i < rgba.length; i++) {
    const [pixel, part] = [Math.floor(i / 4), i % 4];
    const level = pixels[pixel * channels + Math.min(part, channels - 1)] ?? 0;
    if (part < 3) rgba[i] = inverted ? 255 - level : level;
  }
  return rgba;
}

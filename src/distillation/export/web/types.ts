/** What pages see of a bundle's module; imports nothing, so that its declarations stand alone. */

/** A tensor of an ONNX runtime. */
export interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** A program that an ONNX runtime has loaded. */
export interface OnnxSession {
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

/** What is used of an ONNX runtime: the modules onnxruntime-web and onnxruntime-node are such. */
export interface OnnxRuntime {
  readonly InferenceSession: { create(model: Uint8Array): Promise<OnnxSession> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OnnxTensor;
}

/** How a bundle is loaded. */
export interface LoadOptions {
  /** An ONNX runtime, or the address of its module; the bundle's own ort/ort.wasm.min.mjs unless given. */
  readonly ort?: OnnxRuntime | string | URL;
  /** Reads a file of the bundle; by `fetch` unless given. */
  readonly read?: (address: URL) => Promise<Uint8Array>;
}

/** An image: bytes row by row, a pixel's channels together, and what they were made of. */
export interface GeneratedImage {
  readonly prompt: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** [height, width, channels] */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** The continuous tokens, [tokens, numbers a token]. */
  readonly tokens: Float32Array;
}

/** How far a drawing is. */
export interface Progress {
  /** Tokens that are drawn, and all that will be. */
  readonly made: number;
  readonly total: number;
  /** The images as they are now; what is not drawn yet is empty. */
  readonly images: () => GeneratedImage[];
}

/** Which images are drawn; the same request gives the same images. */
export interface GenerateRequest {
  /** What is drawn: a word, or several, which are drawn side by side. */
  readonly prompt?: string;
  readonly prompts?: readonly string[];
  /** One of the model's students; the first unless given. */
  readonly student?: string;
  /** One of the student's step counts; the most unless given. */
  readonly steps?: number;
  /** Guidance scale, 1 is none; the model's unless given. */
  readonly guidance?: number;
  /** Seed of the noise, from 0 to 2³² − 1; 1 unless given. */
  readonly seed?: number;
  /** Called after each token of the images that are drawn side by side; what it gives is waited for. */
  readonly onToken?: (progress: Progress) => void | Promise<void>;
}

/** A student of a model and the step counts that it has. */
export interface StudentChoice {
  readonly name: string;
  readonly method: string;
  readonly steps: readonly number[];
}

/** A model that is ready to draw. */
export interface WebModel {
  readonly name: string;
  /** The words that it knows. */
  readonly prompts: readonly string[];
  readonly students: readonly StudentChoice[];
  /** Its guidance scale. */
  readonly guidance: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Tokens of an image. */
  readonly tokens: number;
  /** Whether pictures show 0 as white: ink on paper. */
  readonly inverted: boolean;
  /** An image a prompt, in their order; calls are served one after the other. Throws an Error that says what was expected. */
  readonly generate: (request: GenerateRequest) => Promise<GeneratedImage[]>;
  /** Frees the programs. */
  readonly release: () => Promise<void>;
}

/**
 * Tensors as the declarations of the package name them. tfjs's own declarations do not compile beside the DOM library of
 * TypeScript 6 unless `skipLibCheck` is set, and whole runs need none of them: a tensor is opaque until a program that
 * works on tensors itself says `import type {} from 'fewstep/tfjs'`; then it is tfjs's.
 */
export interface Tfjs {
  readonly opaque?: OpaqueTensor;
}

export type Rank = string;

export interface OpaqueTensor {
  readonly shape: number[];
  readonly dtype: string;
  readonly size: number;
  dispose(): void;
}

export type Tensor<_ extends Rank = Rank> = Tfjs extends { readonly tensor: infer T } ? T : OpaqueTensor;

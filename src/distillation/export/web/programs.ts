import type { TypedFunction } from '../../../engine/graph/program.ts';
import type { Parameters } from '../../../ground/host-tensor.ts';
import { contextParts, hearingOf, partsOf } from '../../../heads/context.ts';
import { backbonePrograms } from '../../../teachers/backbone/sampler.ts';
import { under } from '../../../teachers/image/model.ts';
import type { ImageWeights } from '../../../teachers/image/weights.ts';
import type { Student } from '../../student/file.ts';
import { samplerProgram } from '../../student/program.ts';
import type { WebSampler, WebStudent } from './model-file.ts';

/** A program of a bundle: its file, and the function and weights that it is made of. */
export interface WebProgram {
  readonly file: string;
  readonly program: TypedFunction;
  readonly parameters: Parameters;
}

/** The files of a backbone's programs. */
export const backboneFiles = { prefill: 'prefill.onnx', step: 'step.onnx' } as const;

/** The programs of an image model's backbone. */
export function backboneOnnx({ config, parameters }: ImageWeights): WebProgram[] {
  const weights = under('backbone', parameters);
  const { prefill, step } = backbonePrograms(config.backbone);
  return [
    { file: backboneFiles.prefill, program: prefill, parameters: weights },
    { file: backboneFiles.step, program: step, parameters: weights },
  ];
}

/** A student as model.json tells of it, and its samplers' programs. */
export function studentOnnx(
  name: string,
  student: Student,
  counts: readonly number[],
): { readonly told: WebStudent; readonly programs: readonly WebProgram[] } {
  const { parameters, config, metadata } = student;
  const made = [...counts]
    .sort((a, b) => a - b)
    .map((steps) => ({ steps, file: `${name}-${steps}.onnx`, program: samplerProgram(student, steps) }));
  const samplers = made.map(
    ({ steps, file, program }): WebSampler => ({ steps, file, freshNoise: program.specs.fresh_noise ? steps - 1 : 0 }),
  );
  const inputs = Object.fromEntries(partsOf(hearingOf(config)).map((part) => [part, contextParts[part].input]));
  return {
    told: { name, method: metadata.method ?? '', inputs, samplers },
    programs: made.map(({ file, program }) => ({ file, program, parameters })),
  };
}

import { traceToOnnx } from '../../engine/compile.ts';
import type { TypedFunction } from '../../engine/graph/program.ts';
import type { ExternalData } from '../../engine/onnx/external-data.ts';
import type { Student } from '../student/file.ts';

/** The bytes of a program as ONNX (opset 17, IR 8, standard operators only); weights inside unless they lie outside. */
export const onnxOf = (
  { fn, specs }: TypedFunction,
  { parameters }: Pick<Student, 'parameters'>,
  outside?: ExternalData,
): Uint8Array =>
  traceToOnnx(fn, specs, {
    constants: parameters,
    standardOnly: true,
    ...(outside && { placeOf: outside.placeOf }),
  });

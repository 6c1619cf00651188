import { traceToLowered } from '../../engine/compile.ts';
import type { TypedFunction } from '../../engine/graph/program.ts';
import { encodeLowered } from '../../engine/onnx/encode.ts';
import type { ExternalData } from '../../engine/onnx/external-data.ts';
import type { LoweredGraph } from '../../engine/onnx/lower-graph.ts';
import type { Student } from '../student/file.ts';

/** A program as ONNX (opset 17, IR 8, standard operators only), before it is bytes. */
export const loweredOf = ({ fn, specs }: TypedFunction, { parameters }: Pick<Student, 'parameters'>): LoweredGraph =>
  traceToLowered(fn, specs, { constants: parameters, standardOnly: true });

/** The bytes of a program as ONNX; weights inside unless they lie outside. */
export const onnxOf = (
  program: TypedFunction,
  student: Pick<Student, 'parameters'>,
  outside?: ExternalData,
): Uint8Array => encodeLowered(loweredOf(program, student), outside?.placeOf);

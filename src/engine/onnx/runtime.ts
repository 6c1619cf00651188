/** onnxruntime, told beforehand not to report to its maker: the one module that loads it. */
import '../../ground/telemetry.ts';

export type * from 'onnxruntime-node';
export { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';

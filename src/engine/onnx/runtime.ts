/** onnxruntime, told beforehand not to report to its maker: the one module that loads it. */
import '../../ground/telemetry.ts';

export * from 'onnxruntime-node';

/**
 * Keeps onnxruntime, whose Linux builds report to their maker by default, from reporting, unless the user's own
 * ORT_DISABLE_TELEMETRY says otherwise. A side effect: to be imported before onnxruntime and before a thread is started,
 * because the native library reads the environment of the process, which worker threads cannot write.
 */
process.env.ORT_DISABLE_TELEMETRY ||= '1';

/** What onnxruntime takes for a yes. */
const yes = /^\s*(1|true|yes|y|on)\s*$/i;

/** Whether onnxruntime was told not to report. */
export const telemetryIsOff = (): boolean => yes.test(process.env.ORT_DISABLE_TELEMETRY ?? '');

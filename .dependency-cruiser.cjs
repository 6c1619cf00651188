/** Arrows point downwards: cli → distill → stages → head/solver/method → flow, graph, onnx → file, random, errors. */
const layer = {
  ground:
    '^src/(counted|errors|free-memory|host-tensor|interruption|progress|telemetry)\\.ts|^src/(file|random|pool|checkpoint)/',
  engine: '^src/(graph|onnx)/',
  flow: '^src/flow\\.ts',
  maths: '^src/(head|family|original|solver|method|student|backbone)/',
  stages: '^src/(recipe|capture|synthesis|data|teacher|trajectory|train|evaluate|export|apply)/',
  report: '^src/report/',
  top: '^src/(distill|index)\\.ts|^src/cli/',
};
const above = (name) => {
  const names = Object.keys(layer);
  return names
    .slice(names.indexOf(name) + 1)
    .map((n) => layer[n])
    .join('|');
};
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    ...['ground', 'engine', 'flow', 'maths', 'stages', 'report'].map((name) => ({
      name: `${name}-imports-nothing-above`,
      severity: 'error',
      from: { path: layer[name] },
      to: { path: above(name), dependencyTypesNot: ['type-only'] },
    })),
    {
      name: 'onnxruntime-is-loaded-at-one-place', // which keeps it from reporting to its maker
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/onnx/runtime\\.ts$' },
      to: { path: '^(node_modules/)?onnxruntime-node' },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' }, to: {} },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};

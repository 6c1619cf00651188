/** The rooms of src/, from the ground up: each imports from itself and from those before it, types too. */
const rooms = [
  'ground/',
  'engine/',
  'heads/',
  'teachers/',
  'distillation/',
  'evaluation/',
  'plugins/',
  'tasks/',
  'report/',
  'distill\\.ts',
  'command-line/',
  'index\\.ts',
];
const outside = (names) => `^src/(?!${names.join('|')})`;

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    ...rooms.map((room, index) => ({
      name: `${room.replace(/\W/g, '-')}imports-nothing-above`,
      severity: 'error',
      from: { path: `^src/${room}` },
      to: { path: outside(rooms.slice(0, index + 1)) },
    })),
    { name: 'every-file-is-in-a-room', severity: 'error', from: { path: outside(rooms) }, to: {} },
    {
      name: 'graphs-know-no-file-format',
      severity: 'error',
      from: { path: '^src/engine/graph/' },
      to: { path: '^src/engine/onnx/' },
    },
    {
      name: 'onnxruntime-is-loaded-at-one-place', // which keeps it from reporting to its maker
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/onnx/runtime\\.ts$' },
      to: { path: '^(node_modules/)?onnxruntime-node' },
    },
    {
      name: 'exported-samplers-load-no-tfjs', // which would take longer than their first sample
      severity: 'error',
      from: { path: '^src/distillation/exported/' },
      to: { path: '@tensorflow', reachable: true },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' }, to: {} },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};

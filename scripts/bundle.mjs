// What the build makes of the modules of src/: fewer files than the five hundred that Node would load in every thread that starts.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';

const require = createRequire(import.meta.url);

/** Modules that are files of the package by themselves: the library's, the command's, the loader's, and those that threads load. */
const named = [
  'index',
  'command-line/main',
  'distillation/exported/create-sampler',
  'ground/plugin/hooks',
  'ground/telemetry',
];
const ofThreads = /^export default worker\b/m;
const isEntry = (source, text) => named.includes(source.replace(/\.ts$/, '')) || ofThreads.test(text);

/** A module that stays a file by itself: packages that come after it in a module's imports are loaded after it. */
const early = 'ground/telemetry';

/** Modules for browsers, which are one file each: their entries in src/, the types that these pass on, and their places in dist/. */
const browserModules = [
  { entry: 'distillation/export/web/generate', types: 'distillation/export/web/types', place: 'web/generate' },
];

/** Where code is that several of them have, in dist/. */
export const sharedFolder = 'shared';

/** tfjs as the bundles have it, and its place in dist/: its core with gradients and methods of tensors, which loads sooner than the whole. */
const tfjs = { name: '@tensorflow/tfjs', place: 'tensors/core.js' };

/** Stands in bundled code for the path of a module's file in dist/, seen from the file that the code comes to be in. */
const marker = (path) => `fewstep:/${path}`;
const markers = /fewstep:\/([\w./-]+)/g;

const licence = '/*! Part of fewstep. Licence: Apache-2.0 */';
const common = { bundle: true, format: 'esm', logLevel: 'warning', write: false };
const urlOf = (path) => path.split(sep).join('/');

/** Bundles the modules of src/ into dist/, where their declarations are; gives the paths there of the files that it made. */
export const bundle = (root, sources) => make([tensors, forNode, forBrowsers], root, sources, join(root, 'dist'));

/** Bundles the modules of src/ for Node alone into a folder beside it. */
export const bundleForNode = (root, sources, folder) => make([tensors, forNode], root, sources, folder);

async function make(kinds, root, sources, folder) {
  const esbuild = require('esbuild'); // when the compiler is known to be installed
  const work = { root, sources: sources.map(urlOf), folder };
  const outputs = (await Promise.all(kinds.map((kind) => kind(esbuild, work)))).flat();
  for (const { path, text } of outputs) {
    mkdirSync(dirname(path), { recursive: true });
    const up = urlOf(relative(dirname(path), folder)) || '.';
    writeFileSync(path, text.replace(markers, `${up}/$1`));
  }
  return outputs.map(({ path }) => relative(folder, path));
}

const core = `${tfjs.name}-core/dist`;

/**
 * The core of tfjs, beside which a program may load the whole: copies share one environment, in which each sets the same platform
 * and warns that there is one.
 */
const quietCore = `
import { ENGINE } from '${core}/engine';
const { ENV } = ENGINE;
const { setPlatform } = ENV;
ENV.setPlatform = (name, platform) => {
  if (ENV.platformName === name) ENV.platform = undefined;
  setPlatform.call(ENV, name, platform);
};`;

/** A module whose first comment, where its authors put their licence, is kept. */
function withNotice(path) {
  const text = readFileSync(path, 'utf8');
  const [notice = ''] = /^\s*(?:\/\*[\s\S]*?\*\/|(?:\/\/.*\n)+)/.exec(text) ?? [];
  return `/*!${notice.replaceAll(/\/\*|\*\/|^\/\//gm, '')}*/\n${text}`;
}

/** Bundles tfjs. Where threads load the whole, they load layers, converters and kernels, too, that no traced program needs. */
async function tensors({ build }, { root, folder }) {
  const parts = ['quiet', `${core}/register_all_gradients`, `${core}/public/chained_ops/register_all_chained_ops`];
  const quiet = {
    name: 'quiet',
    setup(building) {
      building.onResolve({ filter: /^quiet$/ }, () => ({ path: 'quiet', namespace: 'quiet' }));
      building.onLoad({ filter: /.*/, namespace: 'quiet' }, () => ({ contents: quietCore, resolveDir: root }));
      building.onLoad({ filter: /[\\/](?:long|seedrandom)[\\/]/ }, ({ path }) => ({ contents: withNotice(path) }));
    },
  };
  const { outputFiles } = await build({
    ...common,
    plugins: [quiet],
    stdin: {
      contents: `${parts.map((part) => `import '${part}';`).join('')} export * from '${core}/index';`,
      resolveDir: root,
    },
    outfile: join(folder, tfjs.place),
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    external: ['node-fetch'],
    banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
  });
  return outputFiles;
}

/** Finds the packages beside the bundles, and tfjs in its bundle; a module asks for its own address as a file of its own. */
const placed = (root) => ({
  name: 'placed',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: path === tfjs.name ? marker(tfjs.place) : path, external: true },
    );
    build.onResolve({ filter: new RegExp(`/${early}\\.ts$`) }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: marker(`${early}.js`), external: true },
    );
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const place = urlOf(relative(join(root, 'src'), path)).replace(/\.ts$/, '.js');
      const address = `new URL('${marker(place)}', import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', address), loader: 'ts' };
    });
  },
});

async function forNode({ build }, { root, sources, folder }) {
  const texts = sources.map((source) => readFileSync(join(root, 'src', source), 'utf8'));
  const { outputFiles } = await build({
    ...common,
    entryPoints: sources.map((source) => join(root, 'src', source)).filter((_, at) => isEntry(sources[at], texts[at])),
    outdir: folder,
    outbase: join(root, 'src'),
    chunkNames: `${sharedFolder}/[hash]`,
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
    platform: 'node',
    target: 'node20',
    plugins: [placed(root)],
  });
  return outputFiles;
}

/** Puts each module for browsers into one file, its own sources in it, and its declarations beside it. */
async function forBrowsers({ build }, { root, sources, folder }) {
  const at = (path) => join(folder, path);
  const one = async ({ entry, types, place }) => {
    const { outputFiles } = await build({
      ...common,
      entryPoints: [join(root, 'src', `${entry}.ts`)],
      outfile: at(`${place}.js`),
      platform: 'browser',
      target: 'es2022',
      banner: { js: licence },
    });
    const declared = [types, entry].map((name) => readFileSync(at(`${name}.d.ts`), 'utf8')).join('');
    const passing = /^(?:import|export) type .* from '\.\/.*';\n|^\/\/# sourceMappingURL=.*\n?/gm;
    return [...outputFiles, { path: at(`${place}.d.ts`), text: `${licence}\n${declared.replace(passing, '')}` }];
  };
  return (await Promise.all(browserModules.filter(({ entry }) => sources.includes(`${entry}.ts`)).map(one))).flat();
}

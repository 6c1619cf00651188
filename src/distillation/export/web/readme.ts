import type { BundleFacts } from './facts.ts';
import { runtimeFiles } from './runtime-files.ts';

/** A bundle's README.md: how it is shown and called, what is in it, where it came from, and whose it is. */
export function bundleReadme(
  { recipe, teacher, data, students, difference, versions }: BundleFacts,
  { files, prompt }: { readonly files: Readonly<Record<string, number>>; readonly prompt: string },
): string {
  const rows = Object.entries(files).map(([name, bytes]) => `| ${name} | ${bytes.toLocaleString('en-US')} |`);
  const told = students.map(({ name, method, steps }) => `- ${name} (${method}): ${steps.join(', ')} steps`);
  return `# ${recipe.name} in a browser

Static files that draw images of ${data.title}: an image model's backbone, its distilled head, and a page that shows them.

\`\`\`sh
python3 -m http.server --bind 127.0.0.1 8000   # in this folder; then open http://127.0.0.1:8000/
\`\`\`

Any static server will do. A page that is opened as a file may load no modules: browsers do not let it.

## In a page of your own

\`\`\`js
import { load, toRgba } from './generate.js';

const model = await load('.');                     // or load('.', { ort }) with an onnxruntime-web of yours
const [image] = await model.generate({ prompt: ${JSON.stringify(prompt)}, seed: 1 });
canvas.getContext('2d').putImageData(new ImageData(toRgba(image, model), image.width), 0, 0);
\`\`\`

Types: [generate.d.ts](generate.d.ts). The same prompts, seed, steps and guidance scale give what \`fewstep sample\` gives.

## What is in it

${told.join('\n')}

| file | bytes |
|---|---|
${rows.join('\n')}

manifest.json has the SHA-256 of each. Recipe ${recipe.name}-${recipe.hash}; teacher ${teacher.name}, weights SHA-256
${teacher.sha256}; fewstep ${versions.fewstep}. Programs equal their weights within ${difference.toExponential(1)} of the
largest output.

## Licences

generate.js, page.js, page.css and index.html are part of fewstep: Apache-2.0 ([LICENSE](LICENSE)). ${runtimeLicence(versions)}
The weights are those of the teacher and of students distilled from it; it was trained on ${data.title} (${data.origin}),
whose terms are that data set's.
`;
}

const runtimeLicence = ({ onnxruntimeWeb }: BundleFacts['versions']): string =>
  onnxruntimeWeb === undefined
    ? `onnxruntime-web (MIT) was not
installed where this was made: copy ${runtimeFiles.join(', ')}
of its dist/ into ort/, or hand one to \`load\`.`
    : `ort/ is onnxruntime-web ${onnxruntimeWeb}: MIT
([ort/LICENSE](ort/LICENSE)).`;

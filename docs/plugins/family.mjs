// A family of heads that can be imported: Harmon's (arXiv 2503.21979), which are MAR's under names of their own.
// fewstep data synthesize --family harmon --plugin docs/plugins/family.mjs --out harmon
import { definePlugin, families } from 'fewstep';

const harmon = {
  ...families.mar,
  title: 'Harmon (wusize/Harmon)',
  prefixes: ['mar.diffloss.net.', 'net.', ''],
  marks: ['mar.diffloss.'],
  select: ['state_dict', 'model'],
  official: { rule: 'ddpm', steps: 100, guidance: 3 },
};

export default definePlugin({ families: { harmon } });

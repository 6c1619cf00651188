import type { NamedMutation } from '../named.ts';

/** Faults of the wires between stages: which data, noise, guidance and hidden states reach whom. */
export const wireFaults: readonly NamedMutation[] = [
  {
    what: 'the evaluation’s contexts are of the training data',
    file: 'src/evaluation/stage/sample-job.ts',
    text: "split: 'test',",
    replacement: "split: 'train',",
  },
  {
    what: 'the digits’ contexts are of the training data, whatever is asked for',
    file: 'src/teachers/image/contexts.ts',
    text: 'loadedImages(data, split)',
    replacement: "loadedImages(data, 'train')",
  },
  {
    what: 'the real references are of the training data',
    file: 'src/teachers/image/images.ts',
    text: "['test', 'train']",
    replacement: "['train', 'test']",
  },
  {
    what: 'the two sets of real images are the same',
    file: 'src/teachers/image/images.ts',
    text: 'part * perPrompt + ',
    replacement: '',
  },
  {
    what: 'trajectories are of the test data',
    file: 'src/distillation/trajectory/job.ts',
    text: "({ split: 'train' } as const)",
    replacement: "({ split: 'test' } as const)",
  },
  {
    what: 'what is held out is of the training data',
    file: 'src/distillation/trajectory/job.ts',
    text: "({ split: 'test', apart: true } as const)",
    replacement: "({ split: 'train', apart: true } as const)",
  },
  {
    what: 'the teacher’s second set has the noise of the first',
    file: 'src/evaluation/stage/samples.ts',
    text: "other ? 'other' : row.own === true ? 'system' : 'own'",
    replacement: "row.own === true ? 'system' : 'own'",
  },
  {
    what: 'tokens and images share a stream of noise',
    file: 'src/evaluation/stage/sample-job.ts',
    text: "stream(...job.noise, 'tokens')",
    replacement: "stream(...job.noise, 'images')",
  },
  {
    what: 'contexts and paths of a shard share a stream',
    file: 'src/distillation/trajectory/job.ts',
    text: "stream(...key, 'paths')",
    replacement: 'stream(...key)',
  },
  {
    what: 'every shard has the same noise',
    file: 'src/distillation/trajectory/job.ts',
    text: "['trajectories', job.seed, job.index]",
    replacement: "['trajectories', job.seed]",
  },
  {
    what: 'token metrics are at another guidance',
    file: 'src/evaluation/stage/sample-job.ts',
    text: 'scaleAt(job, position, tokensOf(teacher))',
    replacement: 'scaleAt(job, position, tokensOf(teacher)) + 1',
  },
  {
    what: 'images are drawn at another guidance',
    file: 'src/evaluation/stage/sample-job.ts',
    text: 'new Float32Array(rows).fill(scale(position))',
    replacement: 'new Float32Array(rows).fill(1)',
  },
  {
    what: 'the tokens’ noise is too small',
    file: 'src/evaluation/stage/sample-job.ts',
    text: '.normal(rows * draws * teacher.token),',
    replacement: '.normal(rows * draws * teacher.token).map((z) => 0.9 * z),',
  },
  {
    what: 'the images’ noise is too small',
    file: 'src/evaluation/stage/sample-job.ts',
    text: "stream(...job.noise, 'images').normal(noise.data);",
    replacement:
      "stream(...job.noise, 'images').normal(noise.data); noise.data.forEach((z, i) => { noise.data[i] = 0.9 * z; });",
  },
  {
    what: 'the trajectories’ noise is too small',
    file: 'src/distillation/trajectory/job.ts',
    text: 'random.normal(rows * draws * teacher.token)',
    replacement: 'random.normal(rows * draws * teacher.token).map((z) => 0.9 * z)',
  },
  {
    what: 'a student is fed another row’s hidden state in training',
    file: 'src/distillation/trajectory/cache.ts',
    text: '(b * data.length) / rows.length',
    replacement: '((rows.length - 1 - b) * data.length) / rows.length',
  },
  {
    what: 'a chunk of paths is solved under the contexts of the first',
    file: 'src/teachers/solve/chunk.ts',
    text: 'data.subarray(start * width, end * width)',
    replacement: 'data.subarray(0, (end - start) * width)',
  },
  {
    what: 'states are kept for the row before',
    file: 'src/teachers/solve/teacher-solver.ts',
    text: '((start + row) * (keep + 1) + kept) * size',
    replacement: '((start + rows - 1 - row) * (keep + 1) + kept) * size',
  },
  {
    what: 'every token of an image has the first one’s place',
    file: 'src/evaluation/stage/sample-job.ts',
    text: 'new Int32Array(rows).fill(position)',
    replacement: 'new Int32Array(rows)',
  },
  {
    what: 'the own sampler hears the contexts the other way round',
    file: 'src/teachers/imported/own-sampler.ts',
    text: '[conditional] : [conditional, unconditional]',
    replacement: '[conditional] : [unconditional, conditional]',
  },
  {
    what: 'draws of the own sampler are of another context',
    file: 'src/teachers/imported/own-sampler.ts',
    text: 'Math.floor(row / draws)',
    replacement: '(row % rows)',
  },
  {
    what: 'the own sampler is held against itself',
    file: 'src/evaluation/stage/row-quality.ts',
    text: '...(!other && !own && ownSampler && { ownTokens: ownSampler })',
    replacement: '...(ownSampler && { ownTokens: ownSampler })',
  },
  {
    what: 'annealed steps run the other way',
    file: 'src/evaluation/stage/annealing.ts',
    text: 'from + ((to - from) * i)',
    replacement: 'to + ((from - to) * i)',
  },
  {
    what: 'a rising guidance starts at nothing',
    file: 'src/heads/original/guidance-schedule.ts',
    text: "schedule === 'linear-mar' ? position + 1 : position",
    replacement: 'position',
  },
  {
    what: 'a teacher is guided outside its interval',
    file: 'src/teachers/guidance-interval.ts',
    text: 'tf.less(to, t)',
    replacement: 'tf.less(t, to)',
  },
  {
    what: 'rows under another scale are sampled under the recipe’s',
    file: 'src/evaluation/stage/samples.ts',
    text: 'const scale = guidance === undefined ? {} : { guidance };',
    replacement: 'const scale = {};',
  },
  {
    what: 'the prompt and its absence are exchanged for images',
    file: 'src/evaluation/stage/sample-job.ts',
    text: '      conditional,\n      unconditional,\n      w,',
    replacement: '      conditional: unconditional,\n      unconditional: conditional,\n      w,',
  },
];

import type { Guidance } from '../../../heads/network/network-config.ts';
import { guidanceTexts, predictionTexts } from '../card-text.ts';
import type { GraphCard } from './card.ts';

/** What is known of a head that came as ONNX, as names and texts, a line each. */
export function graphFacts({
  name,
  head,
  timeScale,
  conventions,
  parameters,
  source,
  weights,
}: GraphCard): [name: string, text: string][] {
  const { graph, tokenShape, conditionShape, outputs, constants, x, t, s, condition, output } = head;
  const { prediction = 'velocity', reversedTime, truncateTime, guidance = 'output', betas = 'cosine' } = conventions;
  const ddpm = prediction.startsWith('ddpm-');
  const [noise, data] = reversedTime ? [timeScale, 0] : [0, timeScale];
  const time = ddpm ? `index 0 (almost clean) to 999 (almost noise), ${betas} betas` : `${noise} noise to ${data} data`;
  return [
    ['name', name],
    ['written by', `${graph.producer || 'unknown'}, opset ${graph.opset}, ${graph.nodes.length} operations`],
    ['token', `${x} [rows, ${tokenShape.join(', ')}]`],
    ['condition', `${condition} [rows, ${conditionShape.join(', ')}]`],
    ['time', `${s === undefined ? '' : `${s} to `}${t}: ${time}${truncateTime ? ', cut to an integer' : ''}`],
    ['further inputs', constants.map(([input, value]) => `${input} = ${value}`).join(', ') || 'none'],
    ['output', `${output}, ${outputs} numbers a row`],
    ['predicts', predictionTexts[prediction]],
    ['guidance', guidanceText(guidance, head)],
    ['parameters', `${(parameters / 1e6).toFixed(parameters < 1e7 ? 2 : 1)} M (${parameters})`],
    ['source', source.path],
    ['SHA-256 of the weights', weights],
  ];
}

/** What guidance does to the head. */
function guidanceText(guidance: Guidance, { w, unconditional, unguided = 1 }: GraphCard['head']): string {
  if (w === undefined) return guidanceTexts[guidance];
  const state = unconditional === undefined ? '' : `, and ${unconditional}, the state without the prompt`;
  return `inside: it takes its scale as ${w}, ${unguided} where nothing is guided${state}`;
}

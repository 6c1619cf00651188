import type { Engine } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { mapParts } from '../../heads/context.ts';
import { ruleOf } from '../../heads/family/rule-of.ts';
import { type FamilyName, families } from '../../heads/family/table.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { zeros } from '../../heads/network/initial.ts';
import { headNetwork } from '../../heads/original/head-network.ts';
import { joined } from '../../heads/original/rows.ts';
import { usualSettings } from '../../heads/original/rule.ts';
import { sampleChain } from '../../heads/original/sample-chain.ts';
import { rowsBetween } from '../solve/chunk.ts';
import type { SolveInput } from '../solve/teacher-solver.ts';
import type { OwnSampler } from '../teacher.ts';

/** Rows of one chain: all its states are kept, in float64. */
const ROWS = 1024;

/** How the system of an imported head samples with it: its family's usual rule, at that rule's steps and settings. */
export function ownSampler(family: FamilyName, parameters: Parameters, config: HeadConfig): OwnSampler {
  const { official } = families[family];
  const { rule } = ruleOf(family, official.rule);
  return {
    rule: official.rule,
    steps: official.steps,
    evaluations: official.evaluations ?? 1,
    open: async (engine: Engine, key) => {
      const { evaluate, dispose } = await headNetwork(parameters, config, engine, rule.network);
      let calls = 0;
      const ends = async (input: SolveInput): Promise<Float32Array> => {
        const [contexts = 0, draws = 1, token = 1] = input.noise.shape;
        const { groups, guidance, imageGuidance } = groupsOf(config, input);
        const settings = { ...usualSettings, steps: official.steps, guidance, imageGuidance };
        const scale = rule.startScale?.(settings) ?? 1;
        const rows = contexts * draws;
        const normals = (rule.normals?.(official.steps) ?? 0) * rows * token;
        const problem = { evaluate, conditions: stacked(groups, draws), rows, token };
        const run = await sampleChain(rule, problem, settings, {
          x: input.noise.data.map((value) => value * scale),
          ...(normals > 0 && { z: stream(...key, 'z', calls++).normal(normals) }),
        });
        return Float32Array.from(run.states.at(-1) ?? []);
      };
      return {
        dispose,
        ends: async (input) => {
          const [contexts = 0, draws = 1] = input.noise.shape;
          const chunk = Math.max(1, Math.floor(ROWS / draws));
          const parts: Float32Array[] = [];
          for (let from = 0; from < contexts; from += chunk)
            parts.push(await ends(inputBetween(input, from, Math.min(contexts, from + chunk))));
          return { shape: input.noise.shape, data: joined(parts) };
        },
      };
    },
  };
}

/** The groups of conditions that the system stacks [N, H] each, and its scales. Throws DataError where scales differ. */
function groupsOf(config: HeadConfig, { conditional, unconditional, w, imageOnly, wImage }: SolveInput) {
  const guidance = oneScale(w);
  if (config.guidance === 'condition')
    return { groups: [guided(conditional, unconditional, guidance)], guidance: 1, imageGuidance: 1 };
  if (config.guidance === 'three-way' && imageOnly !== undefined && wImage !== undefined)
    return { groups: [conditional, imageOnly, unconditional], guidance, imageGuidance: oneScale(wImage) };
  return { groups: guidance === 1 ? [conditional] : [conditional, unconditional], guidance, imageGuidance: 1 };
}

function oneScale({ data }: HostTensor<Float32Array>): number {
  const [first = 1] = data;
  if (data.some((scale) => scale !== first))
    throw new DataError('the system’s own sampler: expected one guidance scale for all rows, got several');
  return first;
}

/** Hidden states that are guided before the head. */
const guided = (c: HostTensor<Float32Array>, u: HostTensor<Float32Array>, w: number): HostTensor<Float32Array> => ({
  shape: c.shape,
  data: c.data.map((value, i) => (u.data[i] ?? 0) + w * (value - (u.data[i] ?? 0))),
});

/** Groups one after the other, each context's row once a draw: [G·N·K, H]. */
function stacked(groups: readonly HostTensor<Float32Array>[], draws: number): HostTensor<Float32Array> {
  const [
    {
      shape: [rows = 0, width = 0],
    } = { shape: [] },
  ] = groups;
  const all = zeros([groups.length * rows * draws, width]);
  for (const [g, { data }] of groups.entries())
    for (let row = 0; row < rows * draws; row++) {
      const context = Math.floor(row / draws);
      all.data.set(data.subarray(context * width, (context + 1) * width), (g * rows * draws + row) * width);
    }
  return all;
}

/** The contexts from `from` to before `to`. */
function inputBetween({ noise, ...context }: SolveInput, from: number, to: number): SolveInput {
  const part = (tensor: HostTensor<Float32Array>): HostTensor<Float32Array> => rowsBetween(tensor, from, to);
  return { ...mapParts<HostTensor<Float32Array>, HostTensor<Float32Array>>(context, part), noise: part(noise) };
}

/** A graph's nodes with the model's own functions (FunctionProto) in place of the nodes that call them. */
import type { AttributeProto, FunctionProto, ModelProto, NodeProto, OperatorSetIdProto } from 'onnx-buf';
import { DataError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';

/** A node as the file has it, its names unique in the whole graph. */
export interface FlatNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly opset: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly AttributeProto[];
}

/** The most nodes of a graph, and of functions inside functions. */
const limits = { nodes: 100_000, depth: 32 } as const;

/** What a node's names and attributes mean where it stands. */
interface Scope {
  readonly opset: number;
  readonly depth: number;
  /** Before names of nodes, for messages. */
  readonly prefix: string;
  readonly rename: (name: string) => string;
  /** What attributes that refer to those of the function are. */
  readonly given: ReadonlyMap<string, AttributeProto>;
}

/** The version of ONNX's own operators; undefined where none is imported. */
export const standardOpset = (imports: readonly OperatorSetIdProto[]): number | undefined => {
  const found = imports.find(({ domain }) => isStandard(domain));
  return found && Number(found.version);
};

/** Whether a domain is ONNX's own. */
export const isStandard = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

const keyOf = (domain: string, name: string, overload: string): string => JSON.stringify([domain, name, overload]);

/** All nodes of a model, functions inlined. Throws DataError, also for functions that call themselves. */
export function flatten(path: string, model: ModelProto, opset: number): readonly FlatNode[] {
  const functions = new Map(
    model.functions
      .filter(({ domain }) => !isStandard(domain))
      .map((body) => [keyOf(body.domain, body.name, body.overload), body] as const),
  );
  const flattened: FlatNode[] = [];
  let met = 0; // calls of functions, too: a function without nodes can be called without end
  const add = (node: NodeProto, scope: Scope): void => {
    if (++met > limits.nodes) throw new DataError(`${path}: expected at most ${limits.nodes} nodes, got more`);
    const body = functions.get(keyOf(node.domain, node.opType, node.overload));
    const flat = flatNode(node, scope);
    if (body === undefined) flattened.push(flat);
    if (body === undefined) return;
    const inner = innerScope(path, flat, body, scope, met);
    for (const child of body.node) add(child, inner);
  };
  const outer: Scope = { opset, depth: 0, prefix: '', rename: (name) => name, given: new Map() };
  for (const node of model.graph?.node ?? []) add(node, outer);
  return flattened;
}

function flatNode(node: NodeProto, { opset, prefix, rename, given }: Scope): FlatNode {
  const attributes = node.attribute.flatMap((attribute) => {
    if (attribute.refAttrName === '') return [attribute];
    const found = given.get(attribute.refAttrName);
    return found === undefined ? [] : [{ ...found, name: attribute.name }];
  });
  return {
    name: prefix + (node.name || node.output.find((name) => name !== '') || 'without a name'),
    operator: node.opType,
    domain: node.domain,
    opset,
    inputs: node.input.map(rename),
    outputs: node.output.map(rename),
    attributes,
  };
}

/** The names of a function's inputs and outputs are those of the call; its other names get a number of the call. */
function innerScope(path: string, call: FlatNode, body: FunctionProto, outer: Scope, serial: number): Scope {
  const fault = (reason: string) => new DataError(`${path}: node ${call.name} (${call.operator}): ${reason}`);
  if (call.inputs.length > body.input.length || call.outputs.length > body.output.length)
    throw fault(`expected at most ${body.input.length} inputs and ${body.output.length} outputs, as the function has`);
  if (outer.depth === limits.depth) throw fault(`functions call each other deeper than ${limits.depth}`);
  const both = body.output.find((name) => body.input.includes(name));
  if (both !== undefined) throw fault(`the function's output ${quoted(both)} is an input of it`);
  const names = new Map<string, string>();
  for (const [index, name] of body.input.entries()) names.set(name, call.inputs[index] ?? '');
  for (const [index, name] of body.output.entries()) if (call.outputs[index]) names.set(name, call.outputs[index]);
  const own = (name: string): string => (name === '' ? '' : `${name} in ${call.operator} ${serial}`);
  const defaults = body.attributeProto.map((attribute) => [attribute.name, attribute] as const);
  const given = call.attributes.map((attribute) => [attribute.name, attribute] as const);
  return {
    opset: standardOpset(body.opsetImport) ?? outer.opset,
    depth: outer.depth + 1,
    prefix: `${call.name}/`,
    rename: (name) => names.get(name) ?? own(name),
    given: new Map([...defaults, ...given]),
  };
}

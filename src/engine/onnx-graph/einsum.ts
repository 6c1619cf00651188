import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { matrixProduct } from './product.ts';

/** A tensor whose axes have names. */
interface Labelled {
  readonly x: tf.Tensor;
  readonly labels: readonly string[];
}

/**
 * Einstein's summation of any number of tensors, two at a time, as products of matrices. Axes in an ellipsis broadcast
 * as numpy's do; a letter may stand once in a term. Throws DataError.
 */
export function einsum(equation: string, tensors: readonly tf.Tensor[]): tf.Tensor {
  const { terms, result } = parse(equation, tensors);
  const [first, ...others] = tensors.map((x, index) => ({ x, labels: terms[index] ?? [] }));
  if (first === undefined) throw new DataError('expected at least one input');
  let left = summed(first, (label) => result.includes(label) || terms.slice(1).flat().includes(label));
  for (const [index, right] of others.entries()) {
    const needed = new Set([...result, ...terms.slice(index + 2).flat()]);
    left = contract(left, right, (label) => needed.has(label));
  }
  return tf.transpose(
    left.x,
    result.map((label) => left.labels.indexOf(label)),
  );
}

/** The labels of each term and of the result; an ellipsis becomes labels that are counted from its end. */
function parse(equation: string, tensors: readonly tf.Tensor[]) {
  const [inputs = '', output] = equation.replaceAll(/\s/g, '').split('->');
  const texts = inputs.split(',');
  const fault = (reason: string) => new DataError(`equation ${equation}: ${reason}`);
  if (texts.length !== tensors.length) throw fault(`expected ${texts.length} inputs, got ${tensors.length}`);
  const split = (text: string, more: number): readonly string[] => {
    if (!/^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(text) || more < 0) throw fault('the inputs do not fit it');
    const ellipsis = Array.from({ length: more }, (_, index) => `.${more - index}`);
    const [before = '', after] = text.split('...');
    const labels = after === undefined ? [...before] : [...before, ...ellipsis, ...after];
    if (new Set(labels).size < labels.length) throw fault('a letter twice in a term is not supported');
    return labels;
  };
  const letters = (text: string): number => text.replace('...', '').length;
  const terms = texts.map((text, index) => split(text, (tensors[index]?.rank ?? 0) - letters(text)));
  const bad = terms.findIndex((labels, index) => labels.length !== tensors[index]?.rank);
  if (bad >= 0) throw fault(`input ${bad + 1} has shape [${tensors[bad]?.shape.join(', ')}]`);
  const all = terms.flat();
  const dots = [...new Set(all.filter((label) => label.startsWith('.')))].sort().reverse();
  const once = [...new Set(all)].filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
  const result =
    output === undefined ? [...dots, ...once.filter((label) => !label.startsWith('.'))] : split(output, dots.length);
  const unknown = result.find((label) => !all.includes(label));
  if (unknown !== undefined) throw fault(`no input has ${unknown}`);
  return { terms, result };
}

/** Sums over the axes that nothing needs. */
function summed({ x, labels }: Labelled, needed: (label: string) => boolean): Labelled {
  const axes = labels.flatMap((label, axis) => (needed(label) ? [] : [axis]));
  return axes.length === 0 ? { x, labels } : { x: tf.sum(x, axes), labels: labels.filter(needed) };
}

/** Two tensors as matrices [shared, own, summed] and [shared, summed, own], multiplied. */
function contract(a: Labelled, b: Labelled, needed: (label: string) => boolean): Labelled {
  const left = summed(a, (label) => needed(label) || b.labels.includes(label));
  const right = summed(b, (label) => needed(label) || a.labels.includes(label));
  const both = left.labels.filter((label) => right.labels.includes(label));
  const [shared, inner] = [both.filter(needed), both.filter((label) => !needed(label))];
  const [rows, columns] = [left, right].map(({ labels }) => labels.filter((label) => !both.includes(label)));
  const sizes = (labels: readonly string[] = []): number[] => labels.map((label) => commonSize(label, left, right));
  const matrix = ({ x, labels }: Labelled, order: readonly (readonly string[])[]): tf.Tensor => {
    const turned = tf.transpose(
      x,
      order.flat().map((label) => labels.indexOf(label)),
    );
    const own = order.flat().map((label) => x.shape[labels.indexOf(label)] ?? 1);
    const [lead, ...rest] = order.map((part) => part.length);
    const flat = [...own.slice(0, lead)];
    let at = lead ?? 0;
    for (const length of rest) {
      flat.push(sizeOf(own.slice(at, at + length)));
      at += length;
    }
    return tf.reshape(turned, flat);
  };
  const product = matrixProduct(
    matrix(left, [shared, rows ?? [], inner]),
    matrix(right, [shared, inner, columns ?? []]),
  );
  const labels = [...shared, ...(rows ?? []), ...(columns ?? [])];
  return { x: tf.reshape(product, sizes(labels)), labels };
}

/** The size of an axis; of one that both have, 1 broadcasts. */
function commonSize(label: string, left: Labelled, right: Labelled): number {
  const [a = 1, b = 1] = [left, right].map(({ x, labels }) => x.shape[labels.indexOf(label)]);
  return Math.max(a, b);
}

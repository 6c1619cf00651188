import { isStandard } from '../inline.ts';
import type { Operator, OperatorTable } from '../operator.ts';
import { activationOperators } from './activation.ts';
import { arithmeticOperators } from './arithmetic.ts';
import { attentionOperators } from './attention.ts';
import { constantOperators } from './constant.ts';
import { convolutionOperators } from './convolution.ts';
import { functionOperators } from './function.ts';
import { matrixOperators } from './matrix.ts';
import { normalizationOperators } from './normalization.ts';
import { poolingOperators } from './pooling.ts';
import { reductionOperators } from './reduction.ts';
import { refusals } from './refused.ts';
import { resizeOperators } from './resize.ts';
import { scatterOperators } from './scatter.ts';
import { selectionOperators } from './selection.ts';
import { shapeOperators } from './shape.ts';

/** Every operator of ONNX that is known, by its name. */
export const operators: OperatorTable = {
  ...activationOperators,
  ...arithmeticOperators,
  ...attentionOperators,
  ...constantOperators,
  ...convolutionOperators,
  ...functionOperators,
  ...matrixOperators,
  ...normalizationOperators,
  ...poolingOperators,
  ...reductionOperators,
  ...resizeOperators,
  ...scatterOperators,
  ...selectionOperators,
  ...shapeOperators,
};

/** The operator of a name, or why there is none. */
export function operatorOf(domain: string, name: string): Operator | string {
  if (!isStandard(domain)) return `operators of the domain ${domain} are not supported`;
  const found = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (found !== undefined) return found;
  const refusal = refusals.find(({ names }) => names.test(name));
  return refusal?.reason ?? 'this operator is not supported';
}

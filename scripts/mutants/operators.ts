import ts from 'typescript';

/** One replacement of a node's text. */
export interface Change {
  readonly node: ts.Node;
  readonly replacement: string;
  readonly what: string;
}

const swappedOperators: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '**': '*',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+=': '-=',
};

const swappedCalls: Readonly<Record<string, string>> = {
  'Math.min': 'Math.max',
  'Math.max': 'Math.min',
  'Math.floor': 'Math.ceil',
  'Math.ceil': 'Math.floor',
  'tf.add': 'tf.sub',
  'tf.sub': 'tf.add',
  'tf.mul': 'tf.div',
  'tf.div': 'tf.mul',
  'tf.onesLike': 'tf.zerosLike',
  'tf.zerosLike': 'tf.onesLike',
  'tf.sqrt': 'tf.square',
  'tf.mean': 'tf.sum',
};

/** Calls whose first two arguments may change places without effect. */
const commutative = new Set(['tf.add', 'tf.mul', 'tf.squaredDifference', 'Math.min', 'Math.max', 'Math.hypot']);

function* ofBinary(node: ts.BinaryExpression): Generator<Change> {
  const { left, operatorToken, right } = node;
  const swapped = swappedOperators[operatorToken.getText()];
  const change = (replacement: string, what: string): Change => ({ node, replacement, what });
  if (swapped !== undefined) yield change(`${left.getText()} ${swapped} ${right.getText()}`, 'operator');
  if (operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) yield change(right.getText(), 'fallback always');
}

function* ofCall(node: ts.CallExpression): Generator<Change> {
  const name = node.expression.getText();
  const [first, second, ...rest] = node.arguments.map((argument) => argument.getText());
  const swapped = swappedCalls[name];
  if (swapped !== undefined) yield { node: node.expression, replacement: swapped, what: 'function' };
  if (first !== undefined && second !== undefined && first !== second && !commutative.has(name))
    yield { node, replacement: `${name}(${[second, first, ...rest].join(', ')})`, what: 'arguments swapped' };
}

/** The right side of `??`, or the default of a list's element, is there for the type checker alone: it is not changed. */
const isFallback = ({ parent, ...node }: ts.Node): boolean =>
  (ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken &&
    parent.right.pos === node.pos) ||
  (ts.isBindingElement(parent) && ts.isArrayBindingPattern(parent.parent));

function* ofNumber(node: ts.NumericLiteral): Generator<Change> {
  if (isFallback(node)) return;
  for (const by of [1, -1]) yield { node, replacement: `(${node.getText()} + ${by})`, what: 'number' };
}

function* ofCondition(node: ts.Expression): Generator<Change> {
  for (const replacement of ['true', 'false']) yield { node, replacement, what: 'condition' };
}

/** All changes of one node itself. */
export function* changesOf(node: ts.Node): Generator<Change> {
  if (ts.isBinaryExpression(node)) yield* ofBinary(node);
  if (ts.isCallExpression(node)) yield* ofCall(node);
  if (ts.isNumericLiteral(node)) yield* ofNumber(node);
  if (ts.isIfStatement(node)) yield* ofCondition(node.expression);
  if (ts.isExpressionStatement(node)) yield { node, replacement: ';', what: 'statement removed' };
  if (ts.isConditionalExpression(node)) {
    const [test, yes, no] = [node.condition, node.whenTrue, node.whenFalse].map((part) => part.getText());
    yield { node, replacement: `${test} ? ${no} : ${yes}`, what: 'branches swapped' };
  }
  if (ts.isElementAccessExpression(node) && !ts.isStringLiteral(node.argumentExpression)) {
    const index = node.argumentExpression;
    yield { node: index, replacement: `(${index.getText()}) + 1`, what: 'index' };
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) yield { node, replacement: 'false', what: 'constant' };
  if (node.kind === ts.SyntaxKind.FalseKeyword) yield { node, replacement: 'true', what: 'constant' };
}

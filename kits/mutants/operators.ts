/** What a mutant may change, by kind of syntax: conditions, operators, halves of them, statements, literals, calls in a chain, SQL. */
import ts from 'typescript'

/** A piece of the text and what stands in its place. */
export interface Change {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** Every change of this node itself; none of what is inside it. */
export function changesOf(node: ts.Node, source: ts.SourceFile): readonly Change[] {
  return [
    ...changesOfExpression(node, source),
    ...changesOfStatement(node, source),
    ...changesOfLiteral(node, source),
    ...changesOfCall(node, source),
  ]
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '+=': ['-='],
  '-=': ['+='],
  '&': ['|'],
  '|': ['&'],
  '<<': ['>>'],
  '>>>': ['<<'],
  '??=': ['='],
  '||=': ['='],
}

/** Operators of which one half may have been forgotten. */
const HALVED = ['&&', '||', '??']

function changesOfExpression(node: ts.Node, source: ts.SourceFile): readonly Change[] {
  if (ts.isBinaryExpression(node)) return changesOfBinary(node, source)
  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.ExclamationToken) return [inPlaceOf(node, node.operand, source)]
    return swapped(node.operator, node.getStart(source))
  }
  if (ts.isPostfixUnaryExpression(node)) return swapped(node.operator, node.operand.getEnd())
  if (ts.isAwaitExpression(node)) return [inPlaceOf(node, node.expression, source)]
  if (ts.isConditionalExpression(node)) return negated(node.condition, source)
  return []
}

function changesOfBinary(node: ts.BinaryExpression, source: ts.SourceFile): readonly Change[] {
  const { left, operatorToken: token, right } = node
  const operator = token.getText(source)
  const isOfText = operator === '+' && [left, right].some(isText)
  const others = isOfText ? [] : (OPERATORS[operator] ?? [])
  const halves = HALVED.includes(operator) ? [left, right] : []
  return [
    ...others.map((replacement) => ({ start: token.getStart(source), end: token.getEnd(), replacement })),
    ...halves.map((half) => inPlaceOf(node, half, source)),
  ]
}

function isText(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
}

const SWAPPED = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.PlusPlusToken, '--'],
  [ts.SyntaxKind.MinusMinusToken, '++'],
])

function swapped(operator: ts.SyntaxKind, start: number): readonly Change[] {
  const replacement = SWAPPED.get(operator)
  return replacement === undefined ? [] : [{ start, end: start + replacement.length, replacement }]
}

/** A condition turned round, where no change of its own operator does that already. */
function negated(condition: ts.Expression, source: ts.SourceFile): readonly Change[] {
  const isNegation =
    ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken
  const isEquality =
    ts.isBinaryExpression(condition) && /^[!=]==$/.test(condition.operatorToken.getText(source))
  if (isNegation || isEquality) return []
  return [{ ...placeOf(condition, source), replacement: `!(${condition.getText(source)})` }]
}

function changesOfStatement(node: ts.Node, source: ts.SourceFile): readonly Change[] {
  if (ts.isIfStatement(node)) {
    const drop = node.elseStatement ? [] : [dropped(node, source)]
    return [...negated(node.expression, source), ...drop]
  }
  if (ts.isWhileStatement(node)) return negated(node.expression, source)
  if (ts.isExpressionStatement(node) && !isSuperCall(node)) return [dropped(node, source)]
  if (ts.isThrowStatement(node) || ts.isContinueStatement(node)) return [dropped(node, source)]
  if (ts.isReturnStatement(node) && node.expression && node.expression.getText(source) !== 'undefined')
    return [{ ...placeOf(node, source), replacement: 'return undefined' }]
  return []
}

function isSuperCall({ expression }: ts.ExpressionStatement): boolean {
  return ts.isCallExpression(expression) && expression.expression.kind === ts.SyntaxKind.SuperKeyword
}

function changesOfLiteral(node: ts.Node, source: ts.SourceFile): readonly Change[] {
  const place = () => placeOf(node, source)
  if (ts.isNumericLiteral(node)) return [{ ...place(), replacement: String(Number(node.text) + 1) }]
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [{ ...place(), replacement: 'false' }]
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [{ ...place(), replacement: 'true' }]
  if (ts.isRegularExpressionLiteral(node)) return unanchored(node, source)
  if (ts.isStringLiteralLike(node) || isTemplatePart(node)) {
    const sql = changesOfSql(node, source)
    const isWord = ts.isStringLiteral(node) && !node.text.includes(' ') && !isName(node)
    return isWord ? [...sql, { ...place(), replacement: node.text === '' ? "'mutant'" : "''" }] : sql
  }
  return []
}

function isTemplatePart(node: ts.Node): boolean {
  return ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
}

function isName(node: ts.StringLiteral): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node
}

function unanchored(node: ts.RegularExpressionLiteral, source: ts.SourceFile): readonly Change[] {
  const { start, end } = placeOf(node, source)
  const last = node.text.lastIndexOf('/')
  return [
    ...(node.text.startsWith('/^') ? [{ start, end, replacement: `/${node.text.slice(2)}` }] : []),
    ...(node.text[last - 1] === '$' && node.text[last - 2] !== '\\'
      ? [{ start, end, replacement: node.text.slice(0, last - 1) + node.text.slice(last) }]
      : []),
  ]
}

const SQL = / [<>]=? \?|\b(?:SELECT|WHERE|UPDATE|DELETE|ORDER BY)\b/
const SQL_OPERATORS: Readonly<Record<string, string>> = {
  ' < ': ' <= ',
  ' <= ': ' < ',
  ' > ': ' >= ',
  ' >= ': ' > ',
  ' = ?': ' <> ?',
  ' AND ': ' OR ',
  ' OR ': ' AND ',
  ' DESC': ' ASC',
  ' IS NULL': ' IS NOT NULL',
  ' IS NOT NULL': ' IS NULL',
}
const SQL_OPERATOR = new RegExp(
  Object.keys(SQL_OPERATORS)
    .map((one) => one.replace('?', '\\?'))
    .join('|'),
  'g',
)

function changesOfSql(node: ts.Node, source: ts.SourceFile): readonly Change[] {
  const text = node.getText(source)
  if (!SQL.test(text)) return []
  const start = node.getStart(source)
  return [...text.matchAll(SQL_OPERATOR)].map(({ 0: operator, index }) => ({
    start: start + index,
    end: start + index + operator.length,
    replacement: SQL_OPERATORS[operator] ?? '',
  }))
}

/** Calls in a chain that hand on what they are called on, but for their own part. */
const PASSED_BY = [
  'filter',
  'sort',
  'toSorted',
  'reverse',
  'toReversed',
  'slice',
  'trim',
  'toUpperCase',
  'toLowerCase',
]
const EXCHANGED = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
])

function changesOfCall(node: ts.Node, source: ts.SourceFile): readonly Change[] {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return []
  const { expression, name } = node.expression
  const other = EXCHANGED.get(name.text)
  return [
    ...(PASSED_BY.includes(name.text) ? [inPlaceOf(node, expression, source)] : []),
    ...(other === undefined ? [] : [{ ...placeOf(name, source), replacement: other }]),
  ]
}

function placeOf(node: ts.Node, source: ts.SourceFile): { readonly start: number; readonly end: number } {
  return { start: node.getStart(source), end: node.getEnd() }
}

/** A part in place of the whole. */
function inPlaceOf(whole: ts.Node, part: ts.Node, source: ts.SourceFile): Change {
  const isSimple = ts.isIdentifier(part) || ts.isPropertyAccessExpression(part) || ts.isCallExpression(part)
  const text = part.getText(source)
  return { ...placeOf(whole, source), replacement: isSimple ? text : `(${text})` }
}

/** Without the statement; `;` stays, so that what is around it is as it was. */
function dropped(node: ts.Node, source: ts.SourceFile): Change {
  return { ...placeOf(node, source), replacement: ';' }
}

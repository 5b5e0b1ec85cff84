/** The text of one row or default of a table, as it stands in the table's file. */
import { isMap, isNode, isPair, isScalar, isSeq, parseDocument } from 'yaml'

/** The lines of the row with that ID, or of the default `defaults.NAME`; undefined when there is none. */
export function rowTextOf(content: string, rule: string): string | undefined {
  const document = parseDocument(content)
  const range = rule.startsWith('defaults.')
    ? rangeOfDefault(document.contents, rule)
    : rangeOfRow(document.get('rows'), rule)
  if (!range) return undefined
  const [from, until] = range
  const lineStart = content.lastIndexOf('\n', from) + 1
  return withoutIndent(content.slice(lineStart, until).trimEnd())
}

type Range = readonly [from: number, until: number]

function rangeOfRow(rows: unknown, id: string): Range | undefined {
  if (!isSeq(rows)) return undefined
  const row = rows.items.find((item) => isMap(item) && item.get('id') === id)
  return isNode(row) && row.range ? [row.range[0], row.range[1]] : undefined
}

function rangeOfDefault(contents: unknown, rule: string): Range | undefined {
  const defaults = isMap(contents) ? contents.get('defaults') : undefined
  if (!isMap(defaults)) return undefined
  const pair = defaults.items.find(
    (item) => isPair(item) && isScalar(item.key) && `defaults.${item.key.value}` === rule,
  )
  const [key, value] = [pair?.key, pair?.value]
  return isNode(key) && isNode(value) && key.range && value.range ? [key.range[0], value.range[1]] : undefined
}

/** Every line without the white space that the first one begins with, and the first without its hyphen. */
function withoutIndent(text: string): string {
  const lines = text.replace(/^(\s*)- /, '$1  ').split('\n')
  const indent = /^\s*/.exec(lines[0] ?? '')?.[0].length ?? 0
  return lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length))).join('\n')
}

/** The part of docs/policy-table.md that follows from the data items and the table `recommended`. */
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { loadDataItems } from '../../src/config/load-data-items.ts'
import { type DataClass, PROTECTED_CLASSES } from '../../src/core/catalogue/data-items.ts'
import {
  type Closure,
  closureOf,
  partOf,
  protectedWords,
  STOPPING_WORDS,
} from '../../src/core/policy/closure.ts'
import type { Table } from '../../src/core/policy/table.ts'

export const POLICY_PAGE = new URL('../../docs/policy-table.md', import.meta.url)

const BEGIN = '<!-- npm run documents writes from here -->'
const END = '<!-- to here -->'

/** The page with its table anew. */
export function withClosure(page: string, table: Table): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (before < 0 || after < before) throw new Error('docs/policy-table.md lacks the marks of its table')
  return `${page.slice(0, before)}${BEGIN}\n\n${closureTable(table)}\n\n${page.slice(after)}`
}

/** What is stopped, and what passes although it carries something or may. */
function closureTable(table: Table): string {
  const closures = closureOf(table, loadCatalogue(), loadDataItems())
  const counts = new Map(
    [...Map.groupBy(closures, ({ code }) => code)].map(([code, parts]) => [code, parts.length]),
  )
  const shown = closures.filter(({ conclusion, carrying }) => conclusion !== 'follows' || carrying !== 'no')
  const lines = Map.groupBy(shown, (closure) => `${closure.row?.id} ${cellsOf(closure).join(' | ')}`)
  return [
    '| row | what | carries | so it is | because |',
    '|---|---|---|---|---|',
    ...[...lines.values()].map((line) => lineOf(line, counts)),
    '',
    `Of ${closures.length} answers, alerts and payloads, or parts of them, ${closures.length - shown.length} carry none of the three and pass.`,
  ].join('\n')
}

/** `counts`: parts of each code; one whose parts are all in the line is named without them. */
function lineOf(closures: readonly Closure[], counts: ReadonlyMap<string, number>): string {
  const [first] = closures
  if (!first) return ''
  const names = [...Map.groupBy(closures, ({ code }) => code)].flatMap(([code, parts]) =>
    parts.length === counts.get(code) ? [code] : parts.map((part) => `${code} ${partOf(part)}`),
  )
  return `| ${first.row?.id} | ${names.join('; ')} | ${cellsOf(first).join(' | ')} |`
}

function cellsOf(closure: Closure): string[] {
  const { stopping, reason, conclusion } = closure
  const carries = protectedWords(closure) || otherWords(closure) || 'nothing'
  return [carries, STOPPING_WORDS[stopping], conclusion === 'follows' ? 'it carries that' : (reason ?? '')]
}

/** The classes that are not protected, in their order. */
function otherWords({ classes }: Pick<Closure, 'classes'>): string {
  return (Object.keys(classes) as DataClass[])
    .filter((name) => !PROTECTED_CLASSES.some((each) => each === name))
    .join(', ')
}

/** docs/flag-life.md lists the rules and warnings that the code has, in the code's words. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { ROLES } from '../../src/core/restriction/party.ts'
import { RULES, WARNINGS } from '../../src/core/restriction/refusal.ts'
import { CLEAR_REASONS, DEFAULT_RULES } from '../../src/core/restriction/requests.ts'
import { DUE_DAYS } from '../../src/core/restriction/task-rules.ts'

const TEXT = readFileSync(new URL('../../docs/flag-life.md', import.meta.url), 'utf8')

/** Rows of the table whose header begins with that cell. */
function rowsOf(header: string): readonly (readonly string[])[] {
  const lines = TEXT.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${header} |`))
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

t.test('every rule stands in the document as in the code, in the same order', async (t) => {
  t.same(
    rowsOf('Rule'),
    Object.entries(RULES).map(([rule, { text, whatToDo }]) => [`\`${rule}\``, text, whatToDo]),
  )
})

t.test('every warning stands in the document as in the code', async (t) => {
  t.same(
    rowsOf('Warning'),
    Object.entries(WARNINGS).map(([warning, text]) => [`\`${warning}\``, text]),
  )
})

t.test('the document has every role, and every kind of task with its days', async (t) => {
  t.same(
    rowsOf('Role').map(([role]) => role),
    [...ROLES],
  )
  for (const [kind, days] of Object.entries(DUE_DAYS)) {
    t.match(TEXT, new RegExp(`\`${kind}\`, due (?:in )?${days} days`))
  }
})

t.test('the refusal of an unknown clear reason lists the reasons there are', async (t) => {
  t.match(RULES['clear-reason'].whatToDo, CLEAR_REASONS.join(', '))
})

t.test('the limits named are the limits kept', async (t) => {
  const days = DEFAULT_RULES.aheadMs / 86_400_000
  const minutes = DEFAULT_RULES.clockSkewMs / 60_000
  t.match(RULES['too-far-ahead'].text, `${days} days`)
  t.match(TEXT, `up to ${days} days ahead. A time up to ${minutes} minutes behind the clock`)
})

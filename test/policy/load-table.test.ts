/**
 * From the text of a table to the table, or to every problem with its line.
 */

import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadTable, readTable, tableFileSchema } from '../../src/config/load-table.ts'
import { tablePathOf } from '../../src/config/table-path.ts'
import { catalogue } from './messages.ts'

const text = await readFile(tablePathOf('recommended'), 'utf8')

/** The problems of the recommended table after one edit of its text. */
function problemsAfter(from: string, to: string) {
  const edited = text.replace(from, to)
  if (edited === text) throw new Error(`the table does not say ${from}`)
  const compiled = readTable(edited, catalogue)
  return compiled.ok ? [] : compiled.problems
}

function lineOf(part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length
}

t.test('reads both shipped tables and names them by the hash of their text', async (t) => {
  for (const name of ['recommended', 'seed-2023-04-literal']) {
    const path = tablePathOf(name)
    const compiled = await loadTable(path, catalogue)
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
    const hash = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
    t.match(compiled.table, { name, revision: hash.slice(0, 12) })
  }
})

t.test('refuses an unquoted 4.10, which YAML reads as 4.1, and says so', async (t) => {
  t.strictSame(problemsAfter("srv: ['4.10']", 'srv: [4.10]'), [
    {
      where: 'read-network-data',
      text: 'srv lists 4.10 without quotes, which YAML reads as the number 4.1; write "4.10"',
      line: lineOf("srv: ['4.10']"),
    },
  ])
})

t.test('refuses an unquoted Device Alert code that looks like a number', async (t) => {
  t.match(problemsAfter("'8010'", '8010'), [{ where: 'voltage-and-current-alerts', text: /write "8010"$/ }])
})

t.test('refuses a key it does not know, so that a misspelt condition is never ignored', async (t) => {
  t.match(problemsAfter('when: { deviceType:', 'when: { devicetype:'), [
    {
      where: 'read-network-data',
      text: /^rows\.\d+\.when: .*"devicetype"/,
      line: lineOf('when: { deviceType'),
    },
  ])
})

t.test('refuses a value that is not in its list', async (t) => {
  t.match(problemsAfter('action: as-inner', 'action: maybe'), [
    {
      where: 'create-schedule',
      text: /^rows\.\d+\.action: .*pass.*block.*as-inner/,
      line: lineOf('action: as-inner'),
    },
  ])
})

t.test('says how to write a code, and a row id', async (t) => {
  t.match(problemsAfter("'8F0A'", "'0x8F0A'"), [
    { where: 'billing-alert', text: /four upper-case hex digits/ },
  ])
  t.match(problemsAfter("'AD1'", "'ad1'"), [{ text: /write a DCC Alert code like "N24"$/ }])
  t.match(problemsAfter('id: firmware\n', 'id: Firmware Updates\n'), [{ text: /lower case with hyphens$/ }])
})

t.test('gives the line of the row that the table as a whole cannot have', async (t) => {
  t.match(problemsAfter("srv: ['4.18']", "srv: ['4.18', '4.2']"), [
    { where: 'read-meter-balance', text: /^SRV 4\.2 stands twice/, line: lineOf('- id: read-meter-balance') },
  ])
  t.match(problemsAfter('unknownAlert: { action: pass', 'unknownAlert: { action: block'), [
    { where: 'defaults.unknownAlert', line: lineOf('unknownAlert: {') },
  ])
})

t.test(
  'a table without unreadablePayload means what the shipped ones say, and one with half of it is refused',
  async (t) => {
    const line = text.match(/^ {2}unreadablePayload: .*\n/m)?.[0] ?? ''
    const older = readTable(text.replace(line, ''), catalogue)
    const shipped = readTable(text, catalogue)
    t.ok(line !== '' && older.ok && shipped.ok)
    if (older.ok && shipped.ok) t.same(older.table.fallbacks, shipped.table.fallbacks)
    t.match(
      problemsAfter(
        'otherwise: block, onUnknown: defer, onStale: defer }',
        'onUnknown: defer, onStale: defer }',
      ),
      [{ where: 'defaults.unreadablePayload.otherwise' }],
    )
  },
)

t.test('reports problems of several rows at once', async (t) => {
  const compiled = readTable(text.replace("'4.18'", '4.18').replace("['4.10']", '[4.10]'), catalogue)
  t.match(compiled, {
    ok: false,
    problems: [{ where: 'read-meter-balance' }, { where: 'read-network-data' }],
  })
})

t.test('refuses what is not one plain YAML document', async (t) => {
  t.match(problemsAfter('name: recommended', 'name: recommended\nname: again'), [
    { where: 'file', line: 4, text: /the key stands above already/ },
  ])
  t.match(readTable('rows: [', catalogue), { ok: false, problems: [{ where: 'file' }] })
  t.match(readTable('', catalogue), { ok: false, problems: [{ where: 'file' }] })
  t.match(readTable(`${text}---\n${text}`, catalogue), { ok: false, problems: [{ where: 'file' }] })
  t.match(readTable('just a sentence', catalogue), { ok: false, problems: [{ where: 'file' }] })
})

t.test('reads a table of one’s own from anywhere, and rejects when there is none', async (t) => {
  const own = join(t.testdir({}), 'own.yaml')
  await t.rejects(loadTable(own, catalogue), { code: 'ENOENT' })
  await writeFile(own, text.replace('name: recommended', 'name: own'))
  t.match(await loadTable(own, catalogue), { ok: true, table: { name: 'own' } })
})

t.test(
  'the published JSON Schema is the one the gateway reads with; run node scripts/policy-schema.ts after a change',
  async (t) => {
    const published = await readFile(new URL('../../schemas/policy.schema.json', import.meta.url), 'utf8')
    t.strictSame(JSON.parse(published), JSON.parse(JSON.stringify(tableFileSchema())))
  },
)

/**
 * Any single change to any row or column of the audit, or to the set of its rows, is found, whatever SQL makes it: by a value of
 * another type, by another text of the same value, at a place before the first, with hashes made anew.
 */
import fc from 'fast-check'
import type { Test } from 'tap'
import { append, type ChainEnd, canonicalJson, EMPTY_CHAIN } from '../../src/core/restriction/audit-chain.ts'
import { verifyTrail } from '../../src/restrictions/trail-check.ts'
import type { ControlStore } from '../../src/store/control-store.ts'
import { entry } from './flag-life.ts'

type Value = string | number | bigint | null
type Row = Readonly<Record<string, Value>>
/** Runs a statement with `?` for its values; answers its rows. */
export type Run = (text: string, ...values: Value[]) => Promise<readonly Row[]>

const COLUMNS = [
  ...['place', 'at_ms', 'actor_party', 'actor_role', 'actor_name', 'action', 'subject', 'detail'],
  ...['previous', 'hash'],
] as const
const ENTRIES = 4
const DETAILS = [{}, { b: 1, a: [' ', { nested: 'é' }] }, { text: '\u0001"' }, { until: null }]

/** Changes one thing. Throws when the store refuses it. */
type Change = (run: Run, rows: readonly Row[]) => Promise<unknown>

const place = fc.integer({ min: -9, max: ENTRIES + 9 })
const atRow = fc.integer({ min: 1, max: ENTRIES })
const otherValue = fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.integer(), fc.constant(''))

const edit = fc.tuple(atRow, fc.constantFrom(...COLUMNS), otherValue).map(
  ([at, name, value]): Change =>
    (run) =>
      run(`UPDATE audit SET ${name} = ? WHERE place = ?`, value, at),
)
/** The same value, in another text. */
const respell = fc
  .tuple(
    atRow,
    fc.constantFrom<(text: string) => string>((text) => ` ${text}`, secondKey, spaced, escaped),
  )
  .map(
    ([at, spell]): Change =>
      async (run, rows) => {
        const old = String(rows[at - 1]?.detail)
        if (spell(old) === old) throw new Error('it has no other spelling')
        return run('UPDATE audit SET detail = ? WHERE place = ?', spell(old), at)
      },
  )
const remove = atRow.map(
  (at): Change =>
    (run) =>
      run('DELETE FROM audit WHERE place = ?', at),
)
const copyTo = fc.tuple(atRow, place).map(
  ([at, to]): Change =>
    (run, rows) =>
      insert(run, { ...rows[at - 1], place: to }),
)
/** An entry that follows the last one as if the store had written it. */
const forged = fc.constant<Change>((run, rows) => {
  const last = rows.at(-1)
  const made = append({ count: ENTRIES, hash: String(last?.hash) }, entry())
  const { index, actor, detail, previous, hash } = made
  return insert(run, {
    ...{ ...last, place: index, at_ms: made.at, action: made.action, subject: made.subject },
    ...{ actor_party: actor.party, actor_role: actor.role, actor_name: actor.name },
    ...{ detail: canonicalJson(detail), previous, hash },
  })
})
const head = fc
  .constantFrom<readonly [string, Value]>(
    ['audit_count', ENTRIES - 1],
    ['audit_count', ENTRIES + 1],
    ['audit_hash', ''],
  )
  .map(
    ([name, value]): Change =>
      (run) =>
        run(`UPDATE head SET ${name} = ?`, value),
  )

function insert(run: Run, row: Row) {
  const values = COLUMNS.map((name) => row[name] ?? null)
  return run(`INSERT INTO audit (${COLUMNS}) VALUES (${COLUMNS.map(() => '?')})`, ...values)
}

function secondKey(text: string) {
  return text.replace('{', text === '{}' ? '{ ' : '{"b":0,')
}

function spaced(text: string) {
  return text.replaceAll(':', ': ')
}

function escaped(text: string) {
  return text.replace('a', String.raw`\u0061`)
}

export async function auditTampering(t: Test, store: ControlStore, run: Run, numRuns: number): Promise<void> {
  for (const detail of DETAILS) await store.change((unit) => unit.audit.append(entry({ detail })))
  const verdict = () => verifyTrail(store, [])
  const whole = (await verdict()) as ChainEnd
  t.match(whole, { count: ENTRIES })
  t.not(whole.hash, EMPTY_CHAIN.hash)
  const select = `SELECT ${COLUMNS} FROM audit ORDER BY place`
  const rows = await run(select)
  const textOf = async () =>
    JSON.stringify([await run(select), await run('SELECT audit_count, audit_hash FROM head')], big)
  const before = await textOf()
  const restore = async () => {
    await run('DELETE FROM audit')
    for (const row of rows) await insert(run, row)
    await run('UPDATE head SET audit_count = ?, audit_hash = ?', whole.count, whole.hash)
  }
  const found = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.oneof(edit, respell, remove, copyTo, forged, head), async (change) => {
      const isMade = await change(run, rows).then(
        () => true,
        () => false,
      )
      if (!isMade || (await textOf()) === before) return
      const result = await verdict()
      await restore()
      if (!('fault' in result)) throw new Error('it was not found')
      found.add(result.fault)
    }),
    { numRuns },
  )
  t.same(await verdict(), whole)
  t.same([...found].sort(), ['cut', 'edited', 'out-of-place', 'rewritten', 'stray'])
}

function big(_: string, value: unknown) {
  return typeof value === 'bigint' ? Number(value) : value
}

/** Finding a decision again by its ID: the right file of many, the row as it read then, and nothing by chance. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { rowTextOf } from '../../src/config/row-text.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { parseDecisionId, timeOfDecision } from '../../src/core/journal/decision-id.ts'
import { newDecisionId } from '../../src/gateway/decision-id.ts'
import { DecisionBook } from '../../src/journal/decision-book.ts'
import { FileJournal } from '../../src/journal/file-journal.ts'
import { ESME, request } from '../fixtures/message.ts'
import { openOffice, RECOMMENDED, RECOMMENDED_TESTS, revisionOf } from '../governance/tables.ts'
import { startScenario, temporaryFolder } from '../support/start-gateway.ts'

const NOON = Date.parse('2027-01-11T12:00:00Z')

t.test('an ID has the time of its message in it, and reads as no other text does', async (t) => {
  const ids = Array.from({ length: 1_000 }, (_, second) => newDecisionId(instantOf(NOON + second * 1_000)))
  t.equal(new Set(ids).size, ids.length)
  for (const [second, id] of ids.entries()) {
    t.equal(parseDecisionId(id), id)
    if (timeOfDecision(id) !== NOON + second * 1_000) t.fail(id)
  }
  for (const text of [
    '',
    'x',
    `${ids[0]}x`,
    ids[0]?.slice(1) ?? '',
    `${ids[0]?.slice(0, 21)}B`,
    '../../etc/passwd/aaaaa',
  ])
    t.equal(parseDecisionId(text), undefined, text)
})

t.test('a decision is explained from the journal and from the text of its table', async (t) => {
  const folder = await temporaryFolder(t)
  const { store, bringIn } = openOffice(t)
  await bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  const journal = new FileJournal({
    directory: folder,
    name: 'gateway',
    clock: { now: () => instantOf(Date.now()), monotonicMs: () => 0 },
    onFailure: (cause) => t.fail(String(cause)),
  })
  const scenario = await startScenario(t, { journal })
  await scenario.restrict()
  const read = request({ srv: '4.8.1', body: '<sr:ReadActiveImportProfileData/>' })
  const { headers } = await scenario.sendSouth(read)
  await scenario.sendSouth(read)
  await scenario.gateway.drain()
  const book = new DecisionBook({ folders: [folder], store, rowText: rowTextOf })
  const [found, ...others] = await book.find(` ${headers['duisgate-decision']} `)
  t.same(others, [])
  t.match(found?.record, {
    ...{ decision: headers['duisgate-decision'], verdict: 'reject', rule: 'read-profiles' },
    ...{ tableRevision: revisionOf(RECOMMENDED), flag: 'restricted', flagDevice: ESME, flagVersion: 1 },
  })
  t.type(found?.record.flagAgeMs, 'number')
  t.match(found?.row, {
    table: 'recommended',
    text: /^id: read-profiles\nclass: consumption\nwhy: Half-hourly/,
  })
  const requestId = String(found?.record.requestId)
  const around = (ms: number) => ({
    from: instantOf(Date.now() + ms),
    until: instantOf(Date.now() + ms + 120_000),
  })
  t.equal((await book.findByRequest(requestId, around(-60_000))).length, 2)
  t.equal((await book.findByRequest(requestId, around(60_000))).length, 0)
  t.same(await book.find(newDecisionId(instantOf(Date.now()))), [])
  t.same(await book.find('nonsense'), [])
})

t.test('of many files the right one is opened, and a stopped reply is found with its message', async (t) => {
  const folder = await temporaryFolder(t)
  const { store } = openOffice(t)
  const kept: string[] = []
  const files = new Map<string, string[]>()
  for (let at = Date.parse('2027-01-11T23:50:00Z'); at < Date.parse('2027-01-12T00:10:00Z'); at += 1_000) {
    const decision = newDecisionId(instantOf(at - 5_000))
    kept.push(decision)
    const time = new Date(at - 5_000).toISOString()
    const record = { decision, time, part: 'message', outcome: 'forwarded', codes: [], devices: [] }
    const name = `gateway-${new Date(at).toISOString().slice(0, 10)}.${Math.floor(at / 120_000) % 720}.ndjson`
    const lines = files.get(name) ?? []
    files.set(name, lines)
    lines.push(JSON.stringify(record))
    if (kept.length % 10 === 0) lines.push(JSON.stringify({ ...record, part: 'reply' }))
  }
  for (const [name, lines] of files) writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
  t.equal(files.size, 10)
  writeFileSync(join(folder, 'gateway-2027-01-11.99.ndjson'), '{"decision":"torn')
  const book = new DecisionBook({ folders: [folder, join(folder, 'missing')], store, rowText: rowTextOf })
  for (const [place, id] of kept.entries()) {
    if (place % 37 !== 0 && place % 10 !== 9) continue
    const found = await book.find(id)
    t.equal(found.length, place % 10 === 9 ? 2 : 1, `${place}`)
  }
})

t.test('the text of a row is that of its file, of a default too', async (t) => {
  t.match(rowTextOf(RECOMMENDED, 'firmware'), /^id: firmware\nclass: firmware\n[\s\S]*action: pass$/)
  t.equal(
    rowTextOf(RECOMMENDED, 'defaults.unknownReadingSrv'),
    'unknownReadingSrv: { action: block, onUnknown: defer, onStale: defer }',
  )
  t.equal(rowTextOf(RECOMMENDED, 'answer-without-data'), undefined)
  t.equal(rowTextOf('no: table', 'firmware'), undefined)
  t.equal(rowTextOf('- a', 'defaults.unknownSrv'), undefined)
})

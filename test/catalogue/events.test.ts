// Which message carries which event of the flag's own life: the list follows from all that exists, and every table observes it.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { readTable } from '../../src/config/load-table.ts'
import { tablePathOf } from '../../src/config/table-path.ts'
import { OBSERVED_EVENTS } from '../../src/core/catalogue/catalogue.ts'
import { decide } from '../../src/core/policy/decide.ts'
import type { Table } from '../../src/core/policy/table.ts'
import { dccAlert as dccAlertMessage } from '../fixtures/message.ts'
import { alert, catalogue, deviceAlert, NOON, request, shipped, srv } from '../policy/messages.ts'
import { readWhole } from '../support/plans.ts'
import { elementsInDccAlert, officialModel } from '../support/xsd-places.ts'

const { data } = catalogue
const listed = (list: 'srv' | 'alert' | 'dccAlertPayload') =>
  data.events.flatMap((carriers) => carriers[list])
const carriers = data.events.filter(({ events }) => events.length > 0)
/** Where the XSD is not installed; each is a choice of DeviceStatusChange. */
const KINDS_OF_STATUS = listed('dccAlertPayload').filter((path) => path.includes('/'))
const TABLES = ['recommended', 'seed-2023-04-literal']

t.test('every SRV and every Device Alert carries an event or is said to carry none', async (t) => {
  t.same(listed('srv').sort(), data.serviceRequests.map((entry) => entry.srv).sort())
  t.same(listed('alert').sort(), data.deviceAlerts.map((entry) => entry.code).sort())
})

t.test('every DCC Alert payload of the XSD as well, each kind of a change of status by itself', async (t) => {
  const paths = officialModel ? elementsInDccAlert() : KINDS_OF_STATUS
  const payloads = [
    ...paths.filter((path) => !path.includes('/')),
    ...data.dccAlertPayloads.map((p) => p.element),
  ]
  t.ok(payloads.length > 20)
  for (const payload of new Set(payloads)) {
    const kinds = paths.filter((path) => new RegExp(`^${payload}/DeviceStatusChange/[^/]+$`).test(path))
    const expected = kinds.length > 0 ? kinds : [payload]
    const found = listed('dccAlertPayload').filter((path) => path.split('/')[0] === payload)
    t.same(found.sort(), expected.sort(), payload)
  }
})

t.test('every event has a carrier', async (t) => {
  t.same([...new Set(carriers.flatMap(({ events }) => events))].sort(), [...OBSERVED_EVENTS].sort())
})

for (const name of TABLES) {
  const table = await shipped(name)
  t.test(`${name}: every carrier shows its events, and nothing else shows any`, async (t) => {
    for (const { events, ...lists } of data.events) {
      for (const code of lists.srv) t.same(eventsOf(table, request([srv(code)])), events, code)
      for (const code of lists.alert) t.same(eventsOf(table, deviceAlert([alert(code)])), events, code)
      for (const path of lists.dccAlertPayload)
        for (const code of ['N36', 'N1', 'N998'])
          t.same(eventsOf(table, read(path, code)), events, `${path} under ${code}`)
    }
  })

  t.test(
    `${name}: without one carrier observed the table is refused, and the problem says what to add`,
    async (t) => {
      const text = readFileSync(tablePathOf(name), 'utf8')
      t.equal(readTable(text, catalogue).ok, true)
      for (const { events, dccAlertPayload } of carriers) {
        for (const path of dccAlertPayload) {
          const without = text.replace(new RegExp(`${path}(?:, |(?=\\]))|, ${path}(?=\\])|${path},?\\s`), '')
          t.match(problemsOf(without), [
            {
              where: 'rows',
              text: new RegExp(`payload ${path} carries ${events[0]}.*add dccAlertPayload: \\[${path}\\]`),
            },
          ])
        }
      }
      const unobserved = text
        .replaceAll(/^ {4}observe: .*\n/gm, '')
        .replaceAll(/^ {4}dccAlertPayload: \[[^\]]*\]\n/gm, '')
      const problems = problemsOf(unobserved).map((problem) => problem.text)
      for (const { events, ...lists } of carriers)
        for (const code of [...lists.srv, ...lists.alert, ...lists.dccAlertPayload])
          for (const event of events)
            t.ok(
              problems.some((problem) =>
                problem.includes(` ${code} carries ${event}, which no row observes;`),
              ),
              code,
            )
    },
  )
}

t.test('dccAlertPayload only observes', async (t) => {
  const text = readFileSync(tablePathOf('recommended'), 'utf8')
  const row = (lines: string) => `${text}\n  - id: more\n    class: dcc\n    why: More.\n${lines}`
  t.match(problemsOf(row('    dccAlertPayload: [PPMIDRemoval]\n    action: pass\n')), [
    { text: /nothing without observe/ },
  ])
  t.match(
    problemsOf(
      row(
        '    dccAlertPayload: [PPMIDRemoval]\n    action: block\n    onUnknown: defer\n    onStale: defer\n    observe: [han-change]\n',
      ),
    ),
    [{ text: /only observes/ }],
  )
  const twice = row(
    '    dccAlertPayload: [DeviceLogRestored, Nothing]\n    action: pass\n    observe: [hub-change]\n',
  )
  t.match(problemsOf(twice), [
    { text: /stands twice: row change-hub/ },
    { text: /Nothing is not in the catalogue/ },
  ])
  const extra = row('    dccAlertPayload: [PPMIDRemoval]\n    action: pass\n    observe: [han-change]\n')
  t.equal(readTable(extra, catalogue).ok, true, 'more may be observed than must be')
})

function read(path: string, code: string) {
  const content = path.split('/').reduceRight((inner, step) => `<sr:${step}>${inner}</sr:${step}>`, '')
  const reading = readWhole('northbound', Buffer.from(dccAlertMessage(code, content)))
  if (!reading.ok) throw new Error(JSON.stringify(reading.fault))
  return reading.facts
}

function eventsOf(table: Table, facts: Parameters<typeof decide>[1]) {
  const verdict = decide(table, { ...facts, devices: [] }, [], NOON)
  return verdict.kind === 'refuse' ? [] : verdict.events
}

function problemsOf(text: string) {
  const compiled = readTable(text, catalogue)
  return compiled.ok ? [] : compiled.problems
}

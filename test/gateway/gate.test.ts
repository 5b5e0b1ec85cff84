/** What is not plainly one HTTP/1.1 POST of one body to a known path never becomes a message. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { ESME, request, SR, USER } from '../fixtures/message.ts'
import { openSocket, readToEnd, sendRaw, statusesIn } from '../support/raw-client.ts'
import { problemCode, startScenario, untilMetric } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import { host, line, measured, message, PATH, permissions, raw, refusals } from './odd-framings.ts'

/** Test plan H3, H9. */
t.test('refuses, closes, and forwards nothing of', async (t) => {
  const scenario = await startScenario(t)
  for (const [what, [bytes, status, code]] of Object.entries(refusals)) {
    const replies = await sendRaw(scenario.gateway.ports.southbound, bytes)
    t.same(statusesIn(replies), [status], what)
    if (code) t.match(replies, code, what)
    if (code) t.match(replies, /^duisgate-decision: [\w-]{22}\r$/im, what)
  }
  t.equal(scenario.dsp.begun, 0)
  const count = Object.keys(refusals).length
  t.comment(`figure: ${count} of ${count} odd framings refused, 0 forwarded`)
})

t.test('reads and forwards the same bytes with', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(200, ''))
  for (const [what, bytes] of Object.entries(permissions)) {
    const replies = await sendRaw(
      scenario.gateway.ports.southbound,
      bytes.replace(host, `${host}\r\nConnection: close`),
    )
    t.same(statusesIn(replies), [200], what)
    t.equal(scenario.dsp.deliveries.at(-1)?.body.toString(), message, what)
  }
  t.equal(scenario.dsp.deliveries.length, Object.keys(permissions).length)
})

/** Test plan X13. */
t.test('reads the body whatever Content-Type says', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  for (const type of ['text/plain', 'Application/XML', 'text/xml;x', 'application/json', '']) {
    const fields = type === '' ? [] : [`Content-Type: ${type}`]
    const bytes = raw([line, host, measured, 'Connection: close', ...fields])
    t.match(await sendRaw(scenario.gateway.ports.southbound, bytes), /<sr:ResponseCode>E5/, type)
  }
  t.equal(scenario.dsp.begun, 0)
})

t.test('refuses a Content-Type by which the same bytes may be another message', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  const shown = `${ids}${parts('7.4', 'ReadSupplyStatus')}`
  const hidden = `${ids}${parts('4.1.1', 'ReadInstantaneousImportRegisters')}`
  const inUtf7 = `<!-- +AC0ALQA+-${hidden}+ADwAIQAtAC0-->${shown}<?x +AC0ALQA+ADw-?y ?>`
  const twofold = `<sr:Request xmlns:sr="${SR}" schemaVersion="5.4">${inUtf7}</sr:Request>`
  const send = (type: string) => scenario.sendSouth(twofold, { headers: { 'content-type': type } })
  for (const type of TYPES.refused) {
    const answer = await send(type)
    t.equal(answer.status, 415, type)
    t.equal(problemCode(answer), 'GW_HTTP_TYPE', type)
  }
  t.equal(scenario.dsp.begun, 0, 'a DSP that goes by it never sees the read')
  for (const type of TYPES.carried) t.equal((await send(type)).status, 200, type)
  t.equal(scenario.dsp.deliveries.length, TYPES.carried.length)
})

t.test('invites a body that waits for 100 Continue, and not one that is refused anyway', async (t) => {
  const scenario = await startScenario(t)
  const { southbound } = scenario.gateway.ports
  const waiting = await openSocket(southbound)
  const invited = new Promise<string>((resolve) => waiting.once('data', (bytes) => resolve(bytes.toString())))
  waiting.write(raw([line, host, measured, 'Connection: close', 'Expect: 100-continue'], ''))
  t.equal(await invited, 'HTTP/1.1 100 Continue\r\n\r\n')
  waiting.write(message)
  t.same(statusesIn(await readToEnd(waiting)), [200])

  const refused = raw([line, host, 'Content-Length: 20000001', 'Expect: 100-continue'], '')
  t.same(statusesIn(await sendRaw(southbound, refused)), [413])
})

/** Test plan H5. */
t.test('never reads the rest of a refused body as a request', async (t) => {
  const scenario = await startScenario(t)
  const smuggled = raw([line, host, measured])
  const bodyLength = 14_000_000
  const beginning = raw([line, host, `Content-Length: ${bodyLength}`], `<!DOCTYPE x>${smuggled.repeat(500)}`)
  const from = performance.now()
  const replies = await sendRaw(scenario.gateway.ports.southbound, beginning)
  t.same(statusesIn(replies), [400])
  t.match(replies, 'XML_DOCTYPE')
  t.match(replies, /connection: close/i)
  t.equal(scenario.dsp.begun, 0)
  const ms = performance.now() - from
  t.comment(`figure: closed ${ms.toFixed(0)} ms after its first byte`)
})

t.test('handles nothing that was pipelined behind a message that closes the connection', async (t) => {
  const scenario = await startScenario(t)
  const refused = raw([line, host, 'Content-Length: 12'], '<!DOCTYPE x>')
  const replies = await sendRaw(
    scenario.gateway.ports.southbound,
    raw([`POST ${PATH}/ HTTP/1.1`, host, 'Content-Length: 12'], '<!DOCTYPE x>') + raw([line, host, measured]),
    refused,
  )
  t.same(statusesIn(replies), [404])
  t.equal(scenario.dsp.begun, 0)
})

/** Test plan H7. */
t.test('answers pipelined messages in order, each as if it had come alone', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  const other = request({
    srv: '4.1.1',
    target: '00-0D-5C-AA-16-9A-00-E2',
    body: '<sr:ReadInstantaneousImportRegisters/>',
  })
  const open = raw([line, host, `Content-Length: ${Buffer.byteLength(other)}`], other)
  const stopped = raw([line, host, measured])
  const last = open.replace(host, `${host}\r\nConnection: close`)
  scenario.dsp.behave(answering(202, ''))
  const pairs = 50
  const replies = await sendRaw(scenario.gateway.ports.southbound, `${(open + stopped).repeat(pairs)}${last}`)
  t.same(statusesIn(replies), [...Array.from({ length: pairs }, () => [202, 200]).flat(), 202])
  t.equal(scenario.dsp.deliveries.length, pairs + 1)
  t.comment(`figure: ${2 * pairs + 1} of ${2 * pairs + 1} answered in order, each with its own verdict`)
})

/** Test plan H10. */
t.test('refuses a compressed body before any of it has come', async (t) => {
  const scenario = await startScenario(t)
  const zeros = gzipSync(Buffer.alloc(10_000_000))
  const head = raw([line, host, `Content-Length: ${zeros.length}`, 'Content-Encoding: gzip'], '')
  const { southbound } = scenario.gateway.ports
  t.same(statusesIn(await sendRaw(southbound, head)), [415])
  const before = process.cpuUsage()
  t.same(statusesIn(await sendRaw(southbound, head, zeros.toString('latin1'))), [415])
  const { user, system } = process.cpuUsage(before)
  t.comment(`figure: ${((user + system) / 1_000).toFixed(1)} ms CPU, client and gateway together`)
  t.match(await scenario.journal(), [{ fault: 'GW_HTTP_ENCODING', bytes: 0 }, { bytes: 0 }])
})

/** Test plan H9. */
t.test('keeps nothing of heads that are bombs', async (t) => {
  const scenario = await startScenario(t)
  const bombs = [
    `${line}\r\n${host}\r\nX-A: ${'a'.repeat(65_536)}`,
    `${line}\r\n${host}\r\n${'A: b\r\n'.repeat(10_000)}`,
    `POST ${PATH}?${'a'.repeat(65_536)}`,
  ]
  const { southbound } = scenario.gateway.ports
  const bombard = async (rounds: number) => {
    const statuses: number[] = []
    for (let round = 0; round < rounds; round++)
      for (const bomb of bombs) statuses.push(...statusesIn(await sendRaw(southbound, bomb)))
    await untilMetric(scenario.gateway.metrics, 'duisgate_connections{direction="southbound"} 0')
    return statuses
  }
  await bombard(5)
  const before = await memoryKept()
  const from = performance.now()
  t.same(new Set(await bombard(50)), new Set([431]))
  const ms = (performance.now() - from) / 150
  const grown = (await memoryKept()) - before
  t.ok(grown < 5_000_000, `150 bombs of 64 kB left ${grown} bytes`)
  t.comment(
    `figure: ${ms.toFixed(1)} ms each, 150 of 64 kB left ${Math.max(0, Math.round(grown / 1_000))} kB`,
  )
})

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Buffers of closed sockets are let go in a turn of their own. */
async function memoryKept(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const ids = `<sr:Header><sr:RequestID>${USER}:${ESME}:1000</sr:RequestID><sr:CommandVariant>1</sr:CommandVariant>`

/** The rest of a Header, and a Body. */
function parts(srv: string, element: string): string {
  const reference = `<sr:ServiceReference>${srv.slice(0, 3)}</sr:ServiceReference>`
  const variant = `<sr:ServiceReferenceVariant>${srv}</sr:ServiceReferenceVariant>`
  return `${reference}${variant}</sr:Header><sr:Body><sr:${element}/></sr:Body>`
}

const TYPES = {
  refused: [
    'multipart/form-data; boundary=a',
    'Multipart/related; boundary=a',
    'application/xml, multipart/related; boundary=a',
    'application/xml; charset=UTF-7',
    'application/xml;charset="utf-16"',
    'text/xml; Charset=HZ-GB-2312; a=b',
    'text/xml; charset=utf-8; charset=utf-7',
    'text/xml; charset=utf-7; a="; charset=utf-8"',
    'text/xml; a="; charset=utf-8"; b=c',
    "text/xml; charset*=utf-7''x",
    'text/xml; charset =utf-7',
    'text/xml; charset="utf-8',
    'text/xml; charset=',
  ],
  carried: [
    'application/xml',
    'application/xml; charset=utf-8',
    'application/xml; charset=utf8',
    'text/xml;charset="UTF-8"',
    'text/xml; a=b; charset=ISO-8859-1; c=d',
    'text/xml; charset=us-ascii',
    'text/plain; charset=windows-1252',
  ],
} as const

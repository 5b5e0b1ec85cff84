/**
 * Odd framings through a real front hop (test plan H4): the gateway sees as many requests as HAProxy or nginx passed on, no
 * matter how the bytes were framed. One more would be a request that the front hop took for something else.
 */
import t, { type Test } from 'tap'
import { type FrontHopName, isInstalled, startFrontHop } from '../support/front-hops.ts'
import { sendRaw, statusesIn } from '../support/raw-client.ts'
import { startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import { host, line, measured, message, permissions, raw, refusals } from './odd-framings.ts'

const smuggled = raw([line, host, measured, 'X-Smuggled: 1'])

/** Classic attempts: what one side takes for a body is a request to the other. */
const attempts: Record<string, string> = {
  'CL.TE': raw(
    [line, host, `Content-Length: ${5 + smuggled.length}`, 'Transfer-Encoding: chunked'],
    `0\r\n\r\n${smuggled}`,
  ),
  'TE.CL': raw(
    [line, host, 'Content-Length: 4', 'Transfer-Encoding: chunked'],
    `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
  ),
  'a hidden TE': raw(
    [line, host, 'Content-Length: 5', 'Transfer-Encoding: xchunked'],
    `0\r\n\r\n${smuggled}`,
  ),
  'TE behind a tab': raw(
    [line, host, 'Content-Length: 5', 'Transfer-Encoding:\tchunked'],
    `0\r\n\r\n${smuggled}`,
  ),
  'TE behind a line feed': raw(
    [line, host, 'X: 1\nTransfer-Encoding: chunked', 'Content-Length: 5'],
    `0\r\n\r\n${smuggled}`,
  ),
  'an early end of chunks': raw([line, host, 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`),
  'a request in the body': raw([line, host, `Content-Length: ${smuggled.length}`], smuggled),
  'a GET with a request for a body': raw(
    [`GET / HTTP/1.1`, host, `Content-Length: ${smuggled.length}`],
    smuggled,
  ),
  'a chunk extension that ends in LF': raw(
    [line, host, 'Transfer-Encoding: chunked'],
    `2;\nxx\r\n${smuggled.length.toString(16)}\r\n0\r\n\r\n${smuggled}`,
  ),
}

for (const name of ['haproxy', 'nginx'] as const) {
  const skip = !isInstalled(name) && `${name} is not installed`
  t.test(`sees as many requests as ${name} passes on`, { skip }, (t) => compare(t, name))
}

async function compare(t: Test, name: FrontHopName): Promise<void> {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(202, ''))
  const front = await startFrontHop(t, name, scenario.gateway.ports.southbound)
  const odd = [
    ...Object.values(permissions),
    ...Object.values(refusals).map(([sent]) => sent),
    ...Object.values(attempts),
  ]
  const replies = await Promise.all(odd.map((bytes) => sendRaw(front.port, bytes)))
  const taken = replies.flatMap(statusesIn).filter((status) => status === 202).length
  const passedOn = await front.passedOn()
  const faults = Object.values(scenario.gateway.metrics.totals('duisgate_faults_total', 'code'))
  const records = await scenario.journal()
  const malformed =
    faults.reduce((sum, count) => sum + count, 0) - records.filter(({ fault }) => fault).length
  const seen = records.length + malformed
  t.comment(
    `figure: ${name}: ${odd.length} sent, ${passedOn} passed on, ${seen} seen by the gateway, ${taken} taken`,
  )
  t.equal(seen, passedOn)
  t.equal(scenario.dsp.deliveries.length, taken)
  t.ok(scenario.dsp.deliveries.every(({ body }) => body.toString() === message))
  t.ok(taken >= Object.keys(permissions).length)
}

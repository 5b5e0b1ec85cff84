import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { outcomeOf } from '../../bench/load/outcome.ts'
import type { RunReport } from '../../src/cli/load/driver.ts'
import { wholeReply } from '../../src/cli/load/reply.ts'
import { startScenario, temporaryFolder } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import { runScript } from './run-script.ts'

const DEVICE = '00-DB-12-34-56-78-90-A0'

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`
}

t.test('loads both listeners of a gateway and reports what became of the messages', async (t) => {
  const { gateway, dsp, user } = await startScenario(t)
  user.behave(answering(200, ''))
  const { southbound, northbound } = gateway.ports
  const args = ['--target', urlOf(southbound), '--northbound', urlOf(northbound)]
  const { code, out, err } = await runScript('load.ts', [...args, '--rate', '50', '--seconds', '1', '--json'])
  t.equal(code, 0, err)
  const { sent, outcomes } = JSON.parse(out) as RunReport
  t.equal(sent, 50)
  t.same(outcomes, { '200 forwarded': 50 })
  t.equal(dsp.deliveries.length + user.deliveries.length, 50)
})

t.test('reads of Restricted Devices come out as rejected', async (t) => {
  const { gateway, dsp, restrict } = await startScenario(t)
  await restrict(DEVICE)
  const mix = join(await temporaryFolder(t), 'mix.json')
  writeFileSync(mix, JSON.stringify({ devices: [DEVICE], messages: [{ share: 1, kind: 'read' }] }))
  const args = ['--target', urlOf(gateway.ports.southbound), '--mix', mix, '--rate', '20', '--seconds', '1']
  const { out } = await runScript('load.ts', args)
  t.match(out, /200 rejected E5 +20/)
  t.equal(dsp.deliveries.length, 0)
})

t.test('a gateway that is not there is told of, with exit 1', async (t) => {
  const args = ['--target', urlOf(1), '--northbound', urlOf(1), '--rate', '20', '--seconds', '1']
  const { code, out } = await runScript('load.ts', args)
  t.equal(code, 1)
  t.match(out, /no reply: connect ECONNREFUSED 127\.0\.0\.1:1 +20/)
})

t.test('usage errors say what to give', async (t) => {
  const mix = join(await temporaryFolder(t), 'mix.json')
  writeFileSync(mix, JSON.stringify({ messages: [{ share: -1, kind: 'meter-read' }] }))
  for (const [args, advice] of [
    [['--rate', '1e9'], /--rate is 1e9; give a number above 0 and at most 20000/],
    [['--target', 'ftp://here'], /--target is ftp:\/\/here; give a URL/],
    [[], /the mix has northbound messages; say where with --northbound URL/],
    [['--mix', mix], /the mix file .* has problems/],
  ] as const) {
    const { code, err } = await runScript('load.ts', args)
    t.equal(code, 2, args.join(' '))
    t.match(err, advice)
  }
})

t.test('a reply says by status, header and body what became of a message', async (t) => {
  const decision = 'Duisgate-Decision: x\r\n'
  for (const [head, body, outcome] of [
    [`200 OK\r\n${decision}`, '<sr:ResponseCode>I99</sr:ResponseCode><ds:Signature>', '200 forwarded I99'],
    [`200 OK\r\n${decision}`, '<sr:ResponseCode>E5</sr:ResponseCode>', '200 rejected E5'],
    [`200 OK\r\n${decision}`, '<sr:ResponseCode>E5</sr:ResponseCode><ds:Signature>', '200 forwarded E5'],
    [`200 OK\r\n${decision}`, '', '200 forwarded'],
    [`503 x\r\n${decision}`, '{"code":"GW_DEFERRED"}', '503 deferred GW_DEFERRED'],
    [`413 x\r\n${decision}`, '{"code":"GW_TOO_LARGE"}', '413 refused GW_TOO_LARGE'],
    ['502 x\r\n', 'Bad Gateway', '502 no Duisgate'],
  ] as const) {
    const bytes = Buffer.from(`HTTP/1.1 ${head}Content-Length: ${body.length}\r\n\r\n${body}`)
    const reply = wholeReply(bytes)
    t.equal(reply && outcomeOf(reply, 'E5'), outcome)
  }
  const withheld = wholeReply(Buffer.from(`HTTP/1.1 204 No Content\r\n${decision}\r\n`))
  t.equal(withheld && outcomeOf(withheld, 'E5'), '204 acknowledged')
})

t.test('a reply is whole only when its framing says so', async (t) => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
  const sized = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'
  for (const text of [chunked, sized]) {
    for (let cut = 0; cut < text.length; cut++)
      t.equal(wholeReply(Buffer.from(text.slice(0, cut))), undefined, `cut at ${cut}`)
    t.equal(wholeReply(Buffer.from(text))?.status, 200)
  }
})

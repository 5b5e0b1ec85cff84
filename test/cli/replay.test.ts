/** `replay`: captures offline, against another table, and at a listener. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { duisgate, ROOT, temporaryFolder } from './run.ts'

const METER = '00-0D-5C-AA-16-9A-00-E1'
const READ = readFileSync(join(ROOT, 'fixtures/southbound/read-import-registers.xml'))
const ALERT = readFileSync(join(ROOT, 'fixtures/northbound/alert-supply-restored.xml'))
const folder = temporaryFolder()
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

function capture(direction: string, body: Buffer, path?: string): string {
  return JSON.stringify({ direction, path, body: body.toString('base64') })
}

writeFileSync(
  join(folder, 'day.ndjson'),
  [
    capture('southbound', READ, '/api/v1/serviceS'),
    '',
    capture('northbound', ALERT),
    capture('southbound', ALERT),
  ].join('\n'),
)

t.test('captures are decided on offline and counted by verdict and rule', async (t) => {
  const { code, stdout } = await duisgate(['replay', 'day.ndjson', '--restricted', METER, '--json'], {
    folder,
  })
  t.equal(code, 0)
  t.same(JSON.parse(stdout).verdicts, { reject: 1, forward: 1, refuse: 1 })
  t.match(JSON.parse(stdout), { messages: 3, rules: { 'refuse DUIS_ROOT': 1, 'reject read-registers': 1 } })
})

t.test('a folder is walked for messages and captures', async (t) => {
  writeFileSync(join(folder, 'alert.xml'), ALERT)
  const { stdout } = await duisgate(['replay', folder, '--offline'])
  t.match(stdout, /^ {8}3 {2}forward\n[\s\S]*\n4 messages\n$/)
})

t.test('--against lists what another table would change, and then the answer is no', async (t) => {
  const words = ['replay', 'day.ndjson', '--restricted', METER, '--against', 'seed-2023-04-literal']
  const { code, stdout } = await duisgate(words, { folder })
  t.equal(code, 1)
  t.match(stdout, /^day\.ndjson:3: forward \(\S+\) becomes withhold \(\S+\)\n/)
  t.match(stdout, /1 verdict would change\n/)
  t.equal((await duisgate(['replay', 'day.ndjson', '--against', 'recommended'], { folder })).code, 0)
})

t.test('messages are sent byte for byte, each to its listener and path', async (t) => {
  const received: string[] = []
  const server = createServer(async (incoming, reply) => {
    const body = Buffer.concat(await incoming.toArray())
    received.push(`${incoming.url} ${body.equals(READ) ? 'read' : body.equals(ALERT) ? 'alert' : 'other'}`)
    reply.writeHead(body.equals(READ) ? 200 : 503).end('<sr:ResponseCode>E5</sr:ResponseCode>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const whole = await duisgate(
    ['replay', 'day.ndjson', '--target', url, '--northbound-target', `${url}/north`, '--json'],
    { folder },
  )
  t.same(received, ['/api/v1/serviceS read', '/north/ alert', '/api/v1/serviceS alert'])
  t.match(whole, { code: 1, stdout: /"southbound: 200 E5":1/ })
  const south = await duisgate(['replay', 'day.ndjson', '--northbound-target', url], { folder })
  t.match(south.stdout, /2 {2}southbound: left out, no target/)
})

t.test('a gateway that is not there is a no', async (t) => {
  t.match(await duisgate(['replay', 'day.ndjson', '--target', 'http://127.0.0.1:9'], { folder }), {
    code: 1,
    stdout: /no answer \(ECONNREFUSED\)/,
  })
})

t.test('what is no capture, and options that exclude each other, are usage errors', async (t) => {
  writeFileSync(join(folder, 'bad.ndjson'), '{"direction":"up","body":""}\n')
  t.match(await duisgate(['replay', 'bad.ndjson'], { folder }), {
    code: 2,
    stderr: /bad\.ndjson:1 is not a capture/,
  })
  for (const words of [
    ['--offline', '--target', 'http://a'],
    ['--against', 'recommended', '--target', 'http://a'],
    ['--target', 'ftp://a'],
  ]) {
    t.equal((await duisgate(['replay', 'day.ndjson', ...words], { folder })).code, 2, words.join(' '))
  }
})

/** `replay`: captures offline, against another table, and at a listener. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { duisgate, ROOT, temporaryFolder } from './run.ts'

const METER = '00-0D-5C-AA-16-9A-00-E1'
const READ = readFileSync(join(ROOT, 'fixtures/southbound/read-import-registers.xml'))
const ALERT = readFileSync(join(ROOT, 'fixtures/northbound/alert-supply-restored.xml'))
const folder = temporaryFolder()
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

function capture(direction: string, body: Buffer, known: { path?: string; verdict?: string } = {}): string {
  return JSON.stringify({ direction, ...known, body: body.toString('base64') })
}

writeFileSync(
  join(folder, 'day.ndjson'),
  [
    capture('southbound', READ, { path: '/api/v1/serviceS' }),
    '',
    capture('northbound', ALERT),
    capture('southbound', ALERT, { verdict: 'refuse' }),
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

t.test('what cannot be read makes the answer no, unless it could not be when it was captured', async (t) => {
  writeFileSync(join(folder, 'junk.xml'), 'junk')
  writeFileSync(join(folder, 'none.xml'), '')
  const { code, stdout } = await duisgate(['replay', 'junk.xml', 'none.xml', 'day.ndjson'], { folder })
  t.equal(code, 1)
  t.match(stdout, /\n2 messages cannot be read; duisgate explain FILE says why and where\n/)
  const explained = await duisgate(['explain', 'none.xml'], { folder })
  t.match(explained, { code: 1, stdout: /XML_INCOMPLETE: it is empty; give a file that holds one message/ })
  rmSync(join(folder, 'junk.xml'))
  rmSync(join(folder, 'none.xml'))
})

t.test('a folder is walked for messages and captures', async (t) => {
  writeFileSync(join(folder, 'alert.xml'), ALERT)
  const { stdout } = await duisgate(['replay', folder, '--offline'])
  t.match(
    stdout,
    /^ {8}3 {2}forward\n[\s\S]*\n4 messages\n0 of 1 result changed, 1 the same, 1 could not be read\n$/,
  )
})

t.test('--against lists what another table would change, and then the answer is no', async (t) => {
  const words = ['replay', 'day.ndjson', '--restricted', METER, '--against', 'seed-2023-04-literal']
  const { code, stdout } = await duisgate(words, { folder })
  t.equal(code, 1)
  t.match(stdout, /\n +1 {2}Device Alert 8F35 Supply Outage Restored {2}forward → withhold/)
  t.match(stdout, /1 of 3 results changed, 2 the same, 1 could not be read\n$/)
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

/** Takes everything, and keeps the bodies. */
async function startTaker(
  t: Test,
): Promise<{ url: string; bodies: string[]; answer: (status: number) => void }> {
  const bodies: string[] = []
  let status = 200
  const server = createServer(async (incoming, reply) => {
    bodies.push(Buffer.concat(await incoming.toArray()).toString())
    reply.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    bodies,
    answer: (given) => {
      status = given
    },
  }
}

function timed(name: string, ...times: string[]): void {
  const lines = times.map((time, place) => {
    const body = Buffer.from(READ.toString().replace(':1000<', `:${1000 + place}<`)).toString('base64')
    return JSON.stringify({ direction: 'southbound', path: '/a', body, time, decision: `d-${name}-${time}` })
  })
  writeFileSync(join(folder, `${name}.ndjson`), lines.join('\n'))
}

t.test('a rate is kept, and the summary has failures, rate and latencies', async (t) => {
  const { url, bodies } = await startTaker(t)
  const words = ['replay', 'day.ndjson', '--target', url, '--rate', '20', '--json']
  const { code, stdout } = await duisgate(words, { folder })
  const { seconds, failures, latencyMs, answers } = JSON.parse(stdout)
  t.equal(code, 0)
  t.equal(bodies.length, 2)
  t.ok(seconds >= 0.095)
  t.equal(failures, 0)
  t.same(answers, { 'southbound: 200': 2, 'northbound: left out, no target': 1 })
  t.ok(latencyMs.p50 <= latencyMs.p99 && latencyMs.p99 <= latencyMs.max)
})

t.test('at the pace of the capture the files of several workers are put in order', async (t) => {
  const { url, bodies } = await startTaker(t)
  timed('w1', '2026-11-02T09:00:00.000Z', '2026-11-02T09:00:00.200Z')
  timed('w2', '2026-11-02T09:00:00.100Z')
  const words = ['replay', 'w1.ndjson', 'w2.ndjson', '--target', url, '--pace', '--speed', '4', '--json']
  const { code, stdout } = await duisgate([...words, '--concurrency', '1'], { folder })
  t.equal(code, 0)
  t.ok(JSON.parse(stdout).seconds >= 0.045)
  t.same(
    bodies.map((body) => /:(\d+)<\/sr:RequestID>/.exec(body)?.[1]),
    ['1000', '1000', '1001'],
  )
  const untimed = await duisgate(['replay', 'day.ndjson', '--target', url, '--pace'], { folder })
  t.match(untimed, { code: 2, stderr: /day\.ndjson:1 has no time/ })
})

t.test('new counters are above the old ones, all different, and nothing else changes', async (t) => {
  const { url, bodies } = await startTaker(t)
  const top = READ.toString().replace(':1000<', ':18446744073709551000<')
  const last = READ.toString().replace(':1000<', ':18446744073709551615<')
  const parts = READ.toString().replace(':1000<', ':10<!-- -->00<')
  const lines = [READ, READ, ...[top, last, parts].map((text) => Buffer.from(text))]
  writeFileSync(join(folder, 'many.ndjson'), lines.map((body) => capture('southbound', body)).join('\n'))
  const words = ['replay', 'many.ndjson', '--target', url, '--counters', 'renumber', '--json']
  t.match(JSON.parse((await duisgate(words, { folder })).stdout), { messages: 5, notRenumbered: 2 })
  const counters = bodies.slice(0, 3).map((body) => BigInt(/:(\d+)<\/sr:RequestID>/.exec(body)?.[1] ?? 0))
  const [first = 0n, second = 0n, third] = counters
  t.ok(first > BigInt(Date.now()) * 999n)
  t.equal(second, first + 1n)
  t.equal(third, 18446744073709551001n)
  for (const body of bodies.slice(0, 3))
    t.equal(body.replace(/:\d+<\/sr:RequestID/, ':1000</sr:RequestID'), READ.toString())
  t.same(bodies.slice(3), [last, parts])
})

t.test(
  'results of two runs are compared by decision, and a run that was broken off is refused',
  async (t) => {
    const { url, answer } = await startTaker(t)
    timed('w3', '2026-11-02T09:00:00.000Z', '2026-11-02T09:00:00.001Z')
    const words = ['replay', 'w3.ndjson', '--target', url, '--results']
    t.equal((await duisgate([...words, 'a.ndjson'], { folder })).code, 0)
    t.match(await duisgate([...words, 'b.ndjson', '--baseline', 'a.ndjson'], { folder }), {
      code: 0,
      stdout: /0 of 2 results changed, 2 the same\n$/,
    })
    answer(400)
    await duisgate([...words, 'c.ndjson'], { folder })
    t.match(await duisgate(['compare', 'a.ndjson', 'c.ndjson'], { folder }), {
      code: 1,
      stdout:
        /Registers {2}southbound: 200 → southbound: 400\n +w3\.ndjson:1 {2}decision d-w3-[\s\S]*\n2 of 2 results changed/,
    })
    writeFileSync(
      join(folder, 'cut.ndjson'),
      readFileSync(join(folder, 'a.ndjson'), 'utf8').split('\n')[0] ?? '',
    )
    t.match(await duisgate(['compare', 'a.ndjson', 'cut.ndjson'], { folder }), {
      code: 2,
      stderr: /cut\.ndjson is not/,
    })
    await duisgate(['replay', 'w3.ndjson', '--results', 'off.ndjson'], { folder })
    t.equal((await duisgate(['compare', 'a.ndjson', 'off.ndjson'], { folder })).code, 2)
  },
)

t.test('offline it says how many verdicts are not those recorded', async (t) => {
  const line = {
    direction: 'southbound',
    body: READ.toString('base64'),
    verdict: 'reject',
    rule: 'read-registers',
  }
  writeFileSync(join(folder, 'known.ndjson'), `${JSON.stringify(line)}\n${capture('southbound', READ)}`)
  const { stdout } = await duisgate(['replay', 'known.ndjson'], { folder })
  t.match(stdout, /before: as captured\n[\s\S]* 1 {2}Service Request 4\.1\.1 .* {2}reject → forward/)
  t.match(stdout, /\n2 messages\n1 of 1 result changed, 0 the same\n$/)
  const { stdout: same } = await duisgate(['replay', 'known.ndjson', '--restricted', METER, '--json'], {
    folder,
  })
  t.match(JSON.parse(same).comparison, { messages: 1, changed: 0 })
})

t.test('what is no capture, and options that exclude each other, are usage errors', async (t) => {
  writeFileSync(join(folder, 'bad.ndjson'), '{"direction":"up","body":""}\n')
  t.match(await duisgate(['replay', 'bad.ndjson'], { folder }), {
    code: 2,
    stderr: /bad\.ndjson:1 is not a capture \(direction: /,
  })
  const extra = { direction: 'southbound', body: '', verdict: 'forward', verdcit: 'forward' }
  writeFileSync(join(folder, 'bad.ndjson'), `${capture('southbound', READ)}\n${JSON.stringify(extra)}`)
  t.match(await duisgate(['replay', 'bad.ndjson'], { folder }), {
    code: 2,
    stderr: /bad\.ndjson:2 is.*verdcit/,
  })
  for (const words of [
    ['--offline', '--target', 'http://a'],
    ['--against', 'recommended', '--target', 'http://a'],
    ['--target', 'ftp://a'],
    ['--rate', '5'],
    ['--target', 'http://a', '--rate', '5', '--pace'],
    ['--target', 'http://a', '--speed', '2'],
    ['--target', 'http://a', '--rate', '0'],
    ['--baseline', 'a.ndjson'],
  ]) {
    t.equal((await duisgate(['replay', 'day.ndjson', ...words], { folder })).code, 2, words.join(' '))
  }
})

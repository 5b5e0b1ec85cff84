/** `duisgate load` at a real gateway: its counts add up, a wrong verdict is found, thresholds decide the exit code. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { SaxesParser } from 'saxes'
import t, { type Test } from 'tap'
import type { LoadReport } from '../../src/cli/load/report.ts'
import { ESME } from '../fixtures/message.ts'
import { freePort } from '../support/free-port.ts'
import { firmwareUpdate } from '../support/large-messages.ts'
import { type Changes, type Scenario, startScenario } from '../support/start-gateway.ts'
import { ward } from '../support/warden.ts'
import { startTlsScene } from '../tls/scene.ts'
import { BIN, duisgate, ROOT, temporaryFolder } from './run.ts'

const urlOf = (port: number, scheme = 'http') => `${scheme}://127.0.0.1:${port}`

/** A gateway whose upstream, in both directions, is to be the load command itself. */
async function startBefore(t: Test, changes: Changes = {}) {
  const port = await freePort()
  const upstream = new URL(urlOf(port))
  const scenario = await startScenario(t, {
    dspUrl: upstream,
    fallback: upstream,
    isUserRouted: false,
    ...changes,
  })
  const { southbound, northbound } = scenario.gateway.ports
  const targets = ['--target', urlOf(southbound), '--northbound-target', urlOf(northbound)]
  return { ...scenario, args: ['load', ...targets, '--upstream', `127.0.0.1:${port}`] }
}

/** A file in a folder of its own. */
function fileWith(name: string, text: string): string {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, text)
  return file
}

const mixOf = (mix: object) => fileWith('mix.json', JSON.stringify(mix))

/** Messages both ways that pass without a look at the flag: a machine too busy to keep flags fresh changes nothing. */
const unflagged = () =>
  mixOf({ messages: ['top-up', 'dcc-alert'].map((kind) => ({ share: 1, kind, expect: 'forward' })) })

/** A run takes a second or more and hardly any work: those that have it wait beside each other. */
const BESIDE = { buffered: true }
t.jobs = 6

t.test('counts of seconds, directions and outcomes all add up to what was sent', async (t) => {
  const { args } = await startBefore(t)
  const { code, stdout, stderr } = await duisgate([
    ...args,
    '--mix',
    unflagged(),
    '--stages',
    '1s:120,1s:0',
    '--json',
  ])
  t.equal(code, 0, stderr)
  const report = JSON.parse(stdout) as LoadReport
  const sum = (counts: readonly (number | undefined)[]) =>
    counts.reduce<number>((total, count) => total + (count ?? 0), 0)
  t.match(report.messages, { sent: 120, answered: 120, lost: 0, wrong: 0, failed: 0, altered: 0 })
  t.equal(sum(report.samples.map(({ sent }) => sent)), 120)
  t.equal(sum(report.samples.map(({ answered }) => answered)), 120)
  // It ends with its last message, or when that is answered.
  const asked = sum(report.samples.map(({ asked }) => asked ?? 0))
  t.ok(asked > 118.9 && asked < 120.1, `${asked}`)
  t.equal(sum(report.samples.flatMap(({ verdicts }) => Object.values(verdicts))), 120)
  t.equal(sum(report.outcomes.map(({ messages }) => messages)), 120)
  const { all, southbound, northbound } = report.latencyMs
  t.equal(all?.count, 120)
  t.equal(sum([southbound?.count, northbound?.count]), 120)
})

t.test(
  'forwarded, rejected and withheld are told apart, and checked against the table',
  BESIDE,
  async (t) => {
    const { args, restrict } = await startBefore(t)
    await restrict(ESME)
    const messages = ['read', 'device-alert', 'top-up', 'response'].map((kind) => ({ share: 1, kind }))
    const mix = mixOf({ devices: [ESME, '00-DB-12-34-56-78-90-A0'], messages })
    const load = [...args, '--mix', mix, '--rate', '120', '--for', '1s', '--json']
    const { stdout } = await duisgate([...load, '--restricted', ESME])
    const { outcomes, wrongMessages: none } = JSON.parse(stdout) as LoadReport
    // Where the machine is too busy to keep flags fresh the gateway defers, which is right of it.
    t.same(
      none.filter(({ verdict }) => verdict !== 'defer'),
      [],
    )
    const verdicts = new Set(outcomes.map(({ direction, verdict }) => `${direction} ${verdict}`))
    for (const one of [
      'southbound forward',
      'southbound reject',
      'northbound forward',
      'northbound withhold',
    ])
      t.ok(verdicts.has(one), one)

    const unsuspecting = await duisgate(load)
    t.equal(unsuspecting.code, 1)
    const { wrongMessages, messages: wrong } = JSON.parse(unsuspecting.stdout) as LoadReport
    t.ok(wrong.wrong > 0)
    t.match(wrongMessages[0], { expected: 'forward', decision: /^[\w-]{22}$/ })
  },
)

t.test('thresholds decide the exit code and are printed with their values', BESIDE, async (t) => {
  const { args } = await startBefore(t)
  const load = [...args, '--mix', unflagged(), '--rate', '40', '--for', '1s']
  const held = await duisgate([...load, '--fail', 'p99>1000s', '--fail', 'wrong>0'])
  t.equal(held.code, 0, held.stderr)
  t.match(held.stdout, /held +p99>1000s: [\d.,]+ ms\nheld +wrong>0: 0/)
  const crossed = await duisgate([...load, '--fail', 'p99.99>1us', '--fail', 'forward<1'])
  t.equal(crossed.code, 1)
  t.match(crossed.stdout, /crossed +p99\.99>1us: [\d.,]+ ms\nheld +forward<1: 40/)
  t.match(crossed.stdout, /corrected for coordinated omission/)
})

t.test('alone, --connections makes a closed loop, which says that it does not correct', BESIDE, async (t) => {
  const { args } = await startBefore(t)
  const out = join(temporaryFolder(), 'report.json')
  const load = ['--mix', unflagged(), '--connections', '2', '--for', '1s', '--out', out]
  const { stdout } = await duisgate([...args, ...load])
  t.match(stdout, /closed loop: .*coordinated omission/)
  t.match(JSON.parse(readFileSync(out, 'utf8')), {
    model: { kind: 'closed', connections: 2, seconds: 1 },
    isCorrectedForCoordinatedOmission: false,
    latenessMs: undefined,
    ended: 'complete',
  })
})

t.test('without an upstream of its own a 204 is acknowledged: forwarded or withheld', BESIDE, async (t) => {
  const { gateway } = await startScenario(t)
  const mix = mixOf({ messages: [{ share: 1, kind: 'dcc-alert', expect: 'withhold' }] })
  const target = ['--northbound-target', urlOf(gateway.ports.northbound)]
  const { code, stdout } = await duisgate(['load', ...target, '--mix', mix, '--rate', '20', '--for', '1s'])
  t.equal(code, 0, stdout)
  t.match(stdout, /northbound +withhold +acknowledged +204 +20/)
})

t.test('captures are a mix: their own verdicts are what is expected', BESIDE, async (t) => {
  const { args } = await startBefore(t)
  const body = readFileSync(join(ROOT, 'fixtures/southbound/top-up.xml')).toString('base64')
  const line = (verdict: string) =>
    `${JSON.stringify({ direction: 'southbound', path: '/api/v1/serviceS', body, verdict })}\n`
  const captures = fileWith('day.ndjson', line('forward') + line('reject'))
  const { code, stdout } = await duisgate([
    ...args,
    '--mix',
    captures,
    '--rate',
    '20',
    '--for',
    '1s',
    '--json',
  ])
  t.equal(code, 1)
  const { wrongMessages, messages } = JSON.parse(stdout) as LoadReport
  t.match(messages, { sent: 20, wrong: 10 })
  t.equal(wrongMessages[0]?.message, `${captures}:2`)
})

t.test(
  'a message that is streamed through the gateway arrives whole at the upstream of the command',
  BESIDE,
  async (t) => {
    const { args } = await startBefore(t)
    const folder = temporaryFolder()
    const messages = [{ share: 1, file: 'firmware.xml', direction: 'southbound', expect: 'forward' }]
    writeFileSync(join(folder, 'firmware.xml'), firmwareUpdate(1_048_576))
    writeFileSync(join(folder, 'mix.json'), JSON.stringify({ messages }))
    const load = ['--mix', join(folder, 'mix.json'), '--connections', '2', '--for', '1s', '--json']
    const { code, stdout } = await duisgate([...args, ...load])
    t.equal(code, 0, stdout)
    const { messages: counts } = JSON.parse(stdout) as LoadReport
    t.ok(counts.answered > 0)
    t.match(counts, { lost: 0, wrong: 0, altered: 0 })
  },
)

t.test('a server that answers without end is given up', BESIDE, async (t) => {
  const server = createServer((socket) => {
    const piece = Buffer.alloc(1_048_576, 'x')
    const goOn = () => {
      while (!socket.destroyed && socket.write(piece));
    }
    socket.on('error', () => {}).on('drain', goOn)
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n')
      goOn()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const target = ['--target', urlOf((server.address() as AddressInfo).port)]
  const load = ['load', ...target, '--mix', unflagged(), '--rate', '1', '--for', '1s', '--json']
  const { code, stdout } = await duisgate(load)
  t.equal(code, 1)
  t.match(JSON.parse(stdout).lostBecause, { 'a reply of more than 4194304 bytes': 1 })
})

t.test('a target that is not there ends with exit 3 before anything is sent', async (t) => {
  const { code, stdout, stderr } = await duisgate([
    'load',
    '--target',
    urlOf(await freePort()),
    '--rate',
    '20',
  ])
  t.equal(code, 3)
  t.equal(stdout, '')
  t.match(stderr, /cannot be reached \(ECONNREFUSED\)/)
})

t.test('usage errors say what to give', async (t) => {
  const target = ['--target', urlOf(1)]
  for (const [args, advice] of [
    [[], /give --target, --northbound-target or both/],
    [[...target, '--rate', '30000'], /number above 0 and up to 20000/],
    [[...target, '--for', '2h'], /a run takes 60m at most/],
    [[...target, '--stages', '1s:5', '--for', '3s'], /leave --for out/],
    [[...target, '--fail', 'p99.9.9>5ms'], /there is no p99\.9\.9/],
    [[...target, '--fail', 'withhold>0'], /only --upstream sees/],
    [[...target, '--connections', '2', '--fail', 'late>1ms'], /in a closed loop/],
    [['--target', 'http://me:secret@127.0.0.1:1'], /leave user, query and fragment out/],
    [[...target, '--cert', 'a.pem'], /--cert and --key go together/],
    [[...target, '--ca', 'nowhere.pem'], /cannot read nowhere\.pem \(.*ENOENT\).*--ca/],
    [[...target, '--mix', mixOf({ messages: [{ share: -1, kind: 'x' }] })], /the mix .* has problems/],
    [
      [...target, '--mix', mixOf({ messages: [{ share: 1, kind: 'response' }] })],
      /all messages are northbound/,
    ],
    [[...target, '--html', '/nowhere/report.html'], /cannot write/],
  ] as const) {
    const { code, stderr } = await duisgate(['load', ...args])
    t.equal(code, 2, args.join(' '))
    t.match(stderr, advice)
  }
})

t.test(
  'TLS with a client certificate: with it messages pass, without it every one is lost',
  BESIDE,
  async (t) => {
    const { scenario, user, path } = await startTlsScene(t)
    const { cert, key } = user()
    const mix = mixOf({ messages: [{ share: 1, kind: 'top-up' }] })
    const target = urlOf(scenario.gateway.ports.southbound, 'https').replace('127.0.0.1', 'localhost')
    const load = [
      'load',
      '--target',
      target,
      '--ca',
      path('ca.pem'),
      '--mix',
      mix,
      '--rate',
      '20',
      '--for',
      '1s',
      '--json',
    ]
    const client = ['--cert', fileWith('user.pem', cert), '--key', fileWith('user.key', key)]
    const { code, stdout, stderr } = await duisgate([...load, ...client])
    t.equal(code, 0, stderr + stdout)
    t.match(JSON.parse(stdout).messages, { sent: 20, answered: 20 })
    const without = await duisgate(load)
    t.equal(without.code, 1)
    t.match(JSON.parse(without.stdout).messages, { answered: 0, lost: 20 })
  },
)

/** The command in a process of its own, which can be sent signals; it sends top-ups for as long as it may. */
function startLoad({ gateway }: Scenario, words: readonly string[] = []) {
  const mix = mixOf({ messages: [{ share: 1, kind: 'top-up' }] })
  const target = ['--target', urlOf(gateway.ports.southbound), '--mix', mix]
  const args = [BIN, 'load', ...target, '--rate', '50', '--for', '10m', '--json', ...words]
  const child = ward(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
  let stdout = ''
  child.stdout.on('data', (text) => {
    stdout += text
  })
  const notes = createInterface({ input: child.stderr })[Symbol.asyncIterator]()
  return {
    interrupt: () => child.kill('SIGINT'),
    /** Settles once it has said so. */
    async noted(note: string): Promise<void> {
      for (;;) {
        const { value, done } = await notes.next()
        if (done) throw new Error(`it ended without "${note}"`)
        if (value === note) return
      }
    },
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout })),
  }
}

t.test('Ctrl-C ends with the report so far', BESIDE, async (t) => {
  const scenario = await startScenario(t)
  const { dsp } = scenario
  const html = join(temporaryFolder(), 'report.html')
  const { interrupt, ended } = startLoad(scenario, ['--html', html])
  while (dsp.deliveries.length < 20) await dsp.nextBegun()
  interrupt()
  const { code, stdout } = await ended
  t.equal(code, 0)
  const report = JSON.parse(stdout) as LoadReport
  t.equal(report.ended, 'interrupted')
  t.equal(report.messages.sent, report.messages.answered)
  t.equal(report.messages.sent, dsp.deliveries.length)
  t.match(readFileSync(html, 'utf8'), /Ended early/)
})

t.test('a second Ctrl-C does not wait for what is under way', BESIDE, async (t) => {
  const scenario = await startScenario(t)
  const { dsp } = scenario
  dsp.behave(() => {})
  const { interrupt, noted, ended } = startLoad(scenario)
  while (dsp.begun < 5) await dsp.nextBegun()
  interrupt()
  await noted('another Ctrl-C ends at once')
  interrupt()
  const { messages } = JSON.parse((await ended).stdout) as LoadReport
  t.match(messages, { answered: 0, lost: 0 })
  t.ok(messages.unfinished >= 5)
})

/** What readers of the JSON may rely on; a key that goes or changes its meaning makes another version. */
const KEYS = {
  report:
    'version startedAt ended seconds model isCorrectedForCoordinatedOmission targets mix messages lostBecause latencyMs latenessMs outcomes wrongMessages gateway thresholds samples',
  messages: 'sent answered lost unfinished wrong failed altered',
  latency: 'count mean p50 p90 p95 p99 p99_9 p99_99 max',
  outcome: 'direction expected verdict answer messages',
  sample: 'at asked sent answered lost wrong p50 p99 max verdicts cpu memoryBytes',
  threshold: 'text value unit isCrossed',
} as const

t.test('the reports of a run in which a file has a hostile name', BESIDE, async (t) => {
  const { args, gateway } = await startBefore(t)
  const folder = temporaryFolder()
  const name = '"><script>alert(1)<\u2044script>.xml'
  copyFileSync(join(ROOT, 'fixtures/southbound/top-up.xml'), join(folder, name))
  const messages = [{ share: 1, file: name, direction: 'southbound', expect: 'reject' }]
  const [mix, out, html] = ['mix.json', 'report.json', 'report.html'].map((file) => join(folder, file))
  writeFileSync(mix ?? '', JSON.stringify({ messages }))
  const metrics = `${urlOf(gateway.ports.observation ?? 0)}/metrics`
  const settings = { metrics, mix, rate: 20, for: '2s', out, html }
  const words = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)])
  const { code, stderr } = await duisgate([...args, ...words])
  t.equal(code, 1, stderr)

  await t.test(
    'the JSON has the fields that docs/load.md explains, and the gateway is watched',
    async (t) => {
      const report = JSON.parse(readFileSync(out ?? '', 'utf8'))
      const page = readFileSync(join(ROOT, 'docs/load.md'), 'utf8')
      for (const [what, value] of [
        ['report', report],
        ['messages', report.messages],
        ['latency', report.latencyMs.all],
        ['outcome', report.outcomes[0]],
        ['sample', report.samples[0]],
        ['threshold', report.thresholds[0]],
      ] as const) {
        t.equal(Object.keys(value).join(' '), KEYS[what], what)
        for (const key of KEYS[what].split(' ')) t.match(page, `\`${key}\``, `docs/load.md: ${key}`)
      }
      t.ok(report.gateway.peakMemoryBytes > 0)
      t.ok(report.samples.some(({ memoryBytes }: { memoryBytes: number | null }) => memoryBytes))
    },
  )

  await t.test(
    'the page asks nobody for anything, runs nothing, and escapes what others wrote',
    async (t) => {
      const page = readFileSync(html ?? '', 'utf8')
      for (const [drawing] of page.matchAll(/<svg[\s\S]*?<\/svg>/g))
        new SaxesParser({ xmlns: true }).write(drawing).close()
      t.match(page, /^<!DOCTYPE html>[\s\S]*<\/html>\s*$/)
      t.match(page, '&lt;script&gt;alert(1)')
      t.notMatch(page, /<script/i)
      const addresses = [...page.matchAll(/(?:src|href|url\()\s*=?\s*["'(]?([^"')\s>]+)/gi)].map(
        ([, address]) => address,
      )
      t.same(addresses, [])
      t.match(page, /<polyline/)
    },
  )
})

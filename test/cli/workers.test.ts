/** A gateway of several worker processes: what they share, what each does by itself, and what the end of one touches. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { ESME, OTHER_ESME, request } from '../fixtures/message.ts'
import { exitOf } from '../support/child-exit.ts'
import { deviceKey } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import { type Behaviour, type StubPeer, startStubDsp } from '../support/stub-dsp.ts'
import { ward } from '../support/warden.ts'
import { BIN, duisgateProcess, ROOT, temporaryFolder } from './run.ts'

interface Line {
  readonly msg: string
  readonly worker?: number
  readonly pid: number
  readonly southbound: string
  readonly control: string
  readonly revision: string
}

interface Sent {
  /** Undefined when the connection was cut before there was an answer. */
  readonly status: number | undefined
  readonly body: string
}

/** A gateway with two workers on a store of its own, and its DSP. */
class Gateway {
  readonly dsp: StubPeer
  readonly folder: string
  readonly child: ChildProcess
  readonly lines: Line[] = []
  readonly #log: AsyncIterator<string>
  #southbound = ''
  #control = ''

  private constructor(dsp: StubPeer, settings: readonly string[], nodeWords: readonly string[]) {
    this.dsp = dsp
    this.folder = temporaryFolder()
    copyFileSync(join(ROOT, 'policy/recommended.yaml'), this.tableFile)
    const words = this.#settings(settings).flatMap((text) => ['--set', text])
    this.child = ward(
      spawn(process.execPath, [...nodeWords, BIN, 'serve', ...words], {
        cwd: this.folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
    if (!this.child.stdout) throw new Error('the process has no standard output')
    this.#log = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  /** Started, all workers listening; everything ends with the test. */
  static async start(
    t: Test,
    settings: readonly string[] = [],
    nodeWords: readonly string[] = [],
  ): Promise<Gateway> {
    const gateway = new Gateway(await startStubDsp(), settings, nodeWords)
    t.teardown(async () => {
      gateway.child.kill('SIGKILL')
      await gateway.ended()
      await gateway.dsp.close()
      rmSync(gateway.folder, { recursive: true, force: true })
    })
    const { southbound, control } = await gateway.logged('listening')
    gateway.#southbound = southbound
    gateway.#control = control
    return gateway
  }

  get tableFile(): string {
    return join(this.folder, 'table.yaml')
  }

  #settings(more: readonly string[]): string[] {
    return [
      'workers=2',
      'gatewayId=gw',
      'store=duisgate.db',
      'table=table.yaml',
      'journal.folder=journal',
      'southbound.listen=127.0.0.1:0',
      `southbound.dspUrl=${this.dsp.url.origin}`,
      'northbound.listen=127.0.0.1:0',
      'control.listen=127.0.0.1:0',
      'limits.drainIdleMs=0',
      'flags.pollMs=50',
      'flags.maxStalenessMs=20000',
      ...more,
    ]
  }

  /** The next line of the log that says so, of any process of the gateway. */
  async logged(message: string): Promise<Line> {
    for (;;) {
      const { value, done } = await this.#log.next()
      if (done) throw new Error(`the log ended without "${message}"`)
      const line = JSON.parse(value) as Line
      this.lines.push(line)
      if (line.msg === message) return line
    }
  }

  /** Settles when no process of it is left. */
  async ended(): Promise<void> {
    while (!(await this.#log.next()).done);
  }

  /** The process that listens as this worker; its line may come after the one of its primary. */
  async pidOf(worker: number): Promise<number> {
    for (;;) {
      const line = this.lines.findLast((one) => one.msg === 'the worker listens' && one.worker === worker)
      if (line) return line.pid
      await this.logged('the worker listens')
    }
  }

  /** A read with that counter, on a connection of the agent's. */
  send(counter: number, agent: Agent, target = ESME): Promise<Sent> {
    const body = request({
      srv: '4.1.1',
      target,
      counter: `${counter}`,
      body: '<sr:ReadInstantaneousImportRegisters/>',
    }).replace(/<!--.*?-->/, '')
    const [host, port] = this.#southbound.split(':')
    const { promise, resolve } = Promise.withResolvers<Sent>()
    const headers = { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }
    const address = { host, port, path: '/api/v1/serviceS', method: 'POST', agent, headers }
    httpRequest(address, (reply) => {
      reply
        .setEncoding('utf8')
        .toArray()
        .then(
          (parts) => resolve({ status: reply.statusCode, body: parts.join('') }),
          () => resolve({ status: undefined, body: '' }),
        )
    })
      .on('error', () => resolve({ status: undefined, body: '' }))
      .end(body)
    return promise
  }

  /** Counters of the messages that the DSP has. */
  delivered(): Set<number> {
    return new Set(
      this.dsp.deliveries.map(({ body }) => Number(/:(\d+)<\/sr:RequestID>/.exec(String(body))?.[1])),
    )
  }

  async page(path: string): Promise<{ status: number; text: string }> {
    const reply = await fetch(`http://${this.#control}${path}`)
    return { status: reply.status, text: await reply.text() }
  }

  async metric(name: string): Promise<number> {
    const { text } = await this.page('/metrics')
    const values = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))
    return [...values].reduce((sum, [, value]) => sum + Number(value), 0)
  }

  /** Journal lines of each worker, once they are on disk. */
  journal(worker: number): string[] {
    const files = globSync(worker === 1 ? 'gateway-2???-*.ndjson' : `gateway-${worker}-*.ndjson`, {
      cwd: join(this.folder, 'journal'),
    })
    return files.flatMap((file) =>
      readFileSync(join(this.folder, 'journal', file), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
  }
}

/** Connections that are kept, as many as there are messages at a time. */
function keptConnections(t: Test): Agent {
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  return agent
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(20)
}

t.test('a gateway of two workers', async (t) => {
  const gateway = await Gateway.start(t)
  const store = openSqliteStore({ file: join(gateway.folder, 'duisgate.db') })
  t.teardown(() => store.close())
  const agent = keptConnections(t)
  let counter = 0

  await t.test('both carry messages, and what each counts adds up', async (t) => {
    t.match(JSON.parse((await gateway.page('/readyz')).text), { ready: true })
    const sent = await Promise.all(Array.from({ length: 40 }, () => gateway.send(counter++, agent)))
    t.ok(sent.every(({ status }) => status === 200))
    t.equal(gateway.delivered().size, 40)
    t.equal(await gateway.metric('duisgate_messages_total'), 40)
    t.equal(await gateway.metric('duisgate_message_seconds_count'), 40)
    t.equal(await gateway.metric('duisgate_workers'), 2)
    await until(() => gateway.journal(1).length + gateway.journal(2).length === 40)
    t.ok(gateway.journal(1).length > 0, 'connections are given out in turn')
    t.ok(gateway.journal(2).length > 0)
  })

  const skip = !existsSync('/proc/self/cmdline') && 'there is no /proc to see command lines in'
  await t.test(
    'each collects garbage with one thread where no core is left for more',
    { skip },
    async (t) => {
      const words = readFileSync(`/proc/${await gateway.pidOf(2)}/cmdline`, 'utf8').split('\0')
      t.equal(words.includes('--single-threaded-gc'), availableParallelism() <= 2)
    },
  )

  await t.test('SIGHUP has both read the table again', async (t) => {
    writeFileSync(gateway.tableFile, `${readFileSync(gateway.tableFile, 'utf8')}\n# another revision\n`)
    gateway.child.kill('SIGHUP')
    const first = await gateway.logged('the table is in force')
    const second = await gateway.logged('the table is in force')
    t.same([first.worker, second.worker].sort(), [1, 2])
    t.equal(first.revision, second.revision)
  })

  await t.test('one killed under load loses no message that it acknowledged, and is replaced', async (t) => {
    const acknowledged: number[] = []
    let isLoaded = true
    const others = { cutOff: 0, deferred: 0 }
    const user = async () => {
      while (isLoaded) {
        const mine = counter++
        const { status } = await gateway.send(mine, agent)
        if (status === 200) acknowledged.push(mine)
        else others[status === undefined ? 'cutOff' : 'deferred']++
      }
    }
    const users = Array.from({ length: 8 }, user)
    await until(() => acknowledged.length > 50)
    const counted = await gateway.metric('duisgate_messages_total')
    const killedAt = performance.now()
    process.kill(await gateway.pidOf(2), 'SIGKILL')
    await gateway.logged('worker 2 ended; it is started again')
    t.equal((await gateway.page('/readyz')).status, 200, 'the other takes its connections')
    const atDeath = acknowledged.length
    await until(() => acknowledged.length > atDeath + 50)
    isLoaded = false
    await Promise.all(users)
    await gateway.logged('the worker listens')
    const replacedMs = Math.round(performance.now() - killedAt)
    t.comment(`figure: a killed worker is replaced after ${replacedMs} ms, ${others.cutOff} messages cut off`)
    const delivered = gateway.delivered()
    t.same(
      acknowledged.filter((one) => !delivered.has(one)),
      [],
    )
    t.ok((await gateway.metric('duisgate_messages_total')) >= counted, 'counters do not go down')
    t.equal(await gateway.metric('duisgate_worker_restarts_total'), 1)
    await until(async () => (await gateway.metric('duisgate_workers')) === 2)
  })

  await t.test('a change is in force only once both have applied it, and both honour it', async (t) => {
    const gateways = () => store.read((view) => view.gateways.statuses())
    t.same(
      (await gateways()).map(({ id }) => id),
      ['gw/1', 'gw/2'],
    )
    process.kill(await gateway.pidOf(2), 'SIGSTOP')
    const sequence = await restrict(store, [deviceKey(ESME)], instantOf(0))
    await until(async () => (await gateways()).some((one) => one.id === 'gw/1' && one.sequence === sequence))
    const inForceAt = async () =>
      (await store.read((view) => view.changes.after(sequence - 1, 1)))[0]?.inForceAt
    t.equal(await inForceAt(), undefined)
    process.kill(await gateway.pidOf(2), 'SIGCONT')
    await until(async () => (await inForceAt()) !== undefined)
    const before = gateway.dsp.begun
    const sent = await Promise.all(Array.from({ length: 8 }, () => gateway.send(counter++, agent)))
    t.ok(sent.every(({ body }) => body.includes('>E5<')))
    t.equal(gateway.dsp.begun, before)
  })

  await t.test('SIGTERM lets both finish what is in flight', async (t) => {
    const gate = Promise.withResolvers<void>()
    gateway.dsp.behave(answeringAfter(gate.promise))
    const before = gateway.dsp.begun
    const underWay = Array.from({ length: 6 }, () => gateway.send(counter++, agent, OTHER_ESME))
    await until(() => gateway.dsp.begun === before + 6)
    gateway.child.kill('SIGTERM')
    await gateway.logged('draining')
    t.match(JSON.parse((await gateway.page('/readyz')).text), { ready: false, reasons: ['draining'] })
    gate.resolve()
    t.ok((await Promise.all(underWay)).every(({ status }) => status === 200))
    t.equal((await exitOf(gateway.child))[0], 0)
    t.same(
      (await store.read((view) => view.gateways.statuses())).map(({ state }) => state),
      ['stopped', 'stopped'],
    )
  })
})

/** Takes the whole message and answers once it may. */
function answeringAfter(gate: Promise<void>): Behaviour {
  return async (_, reply, takeBody) => {
    await takeBody()
    await gate
    reply.end()
  }
}

const WRONG_MARKUP = join(ROOT, 'test/cli/wrong-markup-process.ts')

t.test('what one worker finds wrong in learned markup, no worker goes by any more', async (t) => {
  const gateway = await Gateway.start(t, ['markup.checkOneIn=1'], ['--import', WRONG_MARKUP])
  const agent = keptConnections(t)
  const known = () => gateway.metric('duisgate_markup_known_messages')
  let counter = 0
  const sendSome = () => Promise.all(Array.from({ length: 8 }, () => gateway.send(counter++, agent)))
  while ((await known()) < 8) await sendSome()
  process.kill(await gateway.pidOf(1), 'SIGUSR2')
  while ((await gateway.metric('duisgate_markup_differs_total')) === 0) await sendSome()
  const told = 'learned markup was wrong in a worker; this one reads every message strictly'
  const workers = [await gateway.logged(told), await gateway.logged(told)].map(({ worker }) => worker)
  t.same(workers.sort(), [1, 2])
  const before = await known()
  await sendSome()
  t.equal(await known(), before)
  process.kill(await gateway.pidOf(2), 'SIGKILL')
  t.equal((await gateway.logged(told)).worker, 2, 'the one that follows is told as well')

  await t.test('workers whose primary was killed finish what is in flight and end', async (t) => {
    const gate = Promise.withResolvers<void>()
    gateway.dsp.behave(answeringAfter(gate.promise))
    const begun = gateway.dsp.begun
    const underWay = gateway.send(counter++, agent)
    await until(() => gateway.dsp.begun === begun + 1)
    gateway.child.kill('SIGKILL')
    await gateway.logged('draining')
    gate.resolve()
    t.equal((await underWay).status, 200)
    await gateway.ended()
  })
})

t.test('an address that is taken is told once, and nothing stays behind', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const start = (setting: string) => {
    const listeners = ['northbound', 'control'].map((name) => `${name}.listen=127.0.0.1:0`)
    const words = ['workers=2', ...listeners, setting].flatMap((text) => ['--set', text])
    return duisgateProcess(['serve', ...words], { folder: temporaryFolder() })
  }
  const [southbound, control] = await Promise.all([
    start(`southbound.listen=127.0.0.1:${port}`),
    start(`control.listen=127.0.0.1:${port}`),
  ])
  t.match(southbound, {
    code: 3,
    stderr: /EADDRINUSE[^\n]*choose another address[\s\S]*the worker ended before it listened/,
  })
  t.match(control, { code: 3, stderr: /--set control\.listen=/ })
})

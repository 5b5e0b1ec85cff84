/** The shipped configuration that copies the journal elsewhere, with a real rsync at both ends and the journal of a gateway. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { FileJournal } from '../../src/journal/file-journal.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { request } from '../fixtures/message.ts'
import { exitOf } from '../support/child-exit.ts'
import { freePort } from '../support/free-port.ts'
import { startScenario } from '../support/start-gateway.ts'
import { wardedFolder, wardGroup } from '../support/warden.ts'

const FOLDER = join(import.meta.dirname, '../../deploy/journal')
const skip = spawnSync('rsync', ['--version']).error ? 'rsync is not installed' : false
const PASSWORD = 'only-in-this-test'

/** A gateway whose journal begins a new file after 64 KiB, and what copies it to a daemon that can be stopped. */
async function startPlace(t: Test, compresses: boolean) {
  const folder = wardedFolder()
  const [from, to] = [join(folder, 'journal'), join(folder, 'received')]
  for (const each of [from, join(to, 'gateway-a')]) mkdirSync(each, { recursive: true })
  const port = await freePort()
  writeFileSync(join(folder, 'rsyncd.conf'), receiverConfig(folder, to, port))
  writeFileSync(join(folder, 'secrets'), `gateway-a:${PASSWORD}\n`, { mode: 0o600 })
  const journal = new FileJournal({
    ...{
      directory: from,
      name: 'decisions',
      clock: systemClock,
      compresses,
      maxFileBytes: 65_536,
      flushMs: 5,
    },
    onFailure: (cause) => t.fail(String(cause)),
  })
  const scenario = await startScenario(t, { journal })
  const decisions: string[] = []
  return {
    from,
    copy: join(to, 'gateway-a'),
    decisions,
    async decide(messages: number) {
      const read = request({ srv: '7.4', body: '<sr:ReadSupplyStatus/>' })
      for (let sent = 0; sent < messages; sent++)
        decisions.push(String((await scenario.sendSouth(read)).headers['duisgate-decision']))
    },
    /** Ends the gateway, so that its journal is whole. */
    end: async () => {
      await scenario.gateway.drain()
      await journal.close()
    },
    receive: () => startReceiver(t, join(folder, 'rsyncd.conf'), port),
    ship: (...more: string[]) =>
      startShipper(from, `rsync://gateway-a@127.0.0.1:${port}/journal/gateway-a/`, more),
  }
}

function receiverConfig(folder: string, to: string, port: number): string {
  return readFileSync(join(FOLDER, 'rsyncd.conf'), 'utf8')
    .replace('port = 873', `port = ${port}`)
    .replace('address = 10.0.0.20', 'address = 127.0.0.1')
    .replace('/srv/duisgate-journal', to)
    .replace('uid = duisgate-journal', `uid = ${process.getuid?.()}`)
    .replace('gid = duisgate-journal', `gid = ${process.getgid?.()}`)
    .replace('use chroot = yes', 'use chroot = no')
    .replace('/etc/duisgate-journal.secrets', join(folder, 'secrets'))
}

async function startReceiver(t: Test, config: string, port: number): Promise<ChildProcess> {
  const words = ['--daemon', '--no-detach', `--config=${config}`]
  const daemon = wardGroup(spawn('rsync', words, { detached: true, stdio: 'ignore' }))
  t.teardown(() => daemon.exitCode === null && daemon.signalCode === null && kill(daemon))
  while (!(await isListening(port))) await new Promise((resolve) => setTimeout(resolve, 10))
  return daemon
}

function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  }).then((is) => {
    socket.destroy()
    return is === true
  })
}

/** The command of the shipped unit. */
function startShipper(from: string, to: string, more: readonly string[]): ChildProcess {
  const unit = readFileSync(join(FOLDER, 'duisgate-journal.service'), 'utf8')
  const [, command = ''] = /^ExecStart=\/usr\/bin\/rsync (.*)$/m.exec(unit) ?? []
  const words = command
    .replace(/\$\{SHIP_FROM\}/, `${from}/`)
    .replace(/\$\{SHIP_TO\}/, to)
    .split(' ')
  const env = { PATH: process.env.PATH, RSYNC_PASSWORD: PASSWORD }
  return wardGroup(
    spawn('rsync', [...more, ...words], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] }),
  )
}

async function codeOf(child: ChildProcess): Promise<number | null> {
  const [code] = await exitOf(child)
  return code
}

async function kill(leader: ChildProcess): Promise<void> {
  process.kill(-(leader.pid ?? 0), 'SIGKILL')
  await exitOf(leader)
}

/** Decision IDs of whole lines in a folder; a last line without its end does not count. */
function decisionsIn(folder: string): Set<string> {
  const texts = readdirSync(folder).map((name) => {
    const bytes = readFileSync(join(folder, name))
    return (name.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString()
  })
  const lines = texts.flatMap((text) => text.split('\n').slice(0, -1))
  return new Set(lines.map((line) => String(JSON.parse(line).decision)))
}

function lacking(folder: string, decisions: readonly string[]): string[] {
  const there = decisionsIn(folder)
  return decisions.filter((decision) => !there.has(decision))
}

t.test(
  'every line arrives whole across new files, and restarts of either end lose none',
  { skip },
  async (t) => {
    const place = await startPlace(t, false)
    const receiver = await place.receive()
    await place.decide(120)
    t.equal(await codeOf(place.ship()), 0)
    await place.decide(120)
    const cut = place.ship('--verbose', '--bwlimit=16')
    await once(cut.stdout ?? cut, 'data')
    await kill(cut)
    const halfway = place.ship('--verbose', '--bwlimit=16')
    await once(halfway.stdout ?? halfway, 'data')
    await kill(receiver)
    t.not(await codeOf(halfway), 0, 'the receiver is gone')
    await place.decide(60)
    t.not(await codeOf(place.ship()), 0, 'nobody listens')
    await place.end()
    t.ok(lacking(place.copy, place.decisions).length > 0, 'what came meanwhile is not there yet')

    await place.receive()
    t.equal(await codeOf(place.ship()), 0)
    t.same(lacking(place.copy, place.decisions), [])
    const names = readdirSync(place.from).sort()
    t.ok(names.length > 2, names.join())
    t.same(readdirSync(place.copy).sort(), names)
    for (const name of names)
      t.ok(
        readFileSync(join(place.copy, name)).equals(readFileSync(join(place.from, name))),
        `${name}, byte for byte`,
      )
  },
)

t.test('a journal that is compressed arrives as compressed files that never change', { skip }, async (t) => {
  const place = await startPlace(t, true)
  await place.receive()
  await place.decide(150)
  t.ok([0, 24].includes((await codeOf(place.ship())) ?? -1))
  await place.decide(150)
  await place.end()
  t.equal(await codeOf(place.ship()), 0)
  t.same(lacking(place.copy, place.decisions), [])
  const closed = readdirSync(place.from).filter((name) => name.endsWith('.zst'))
  t.ok(closed.length > 1)
  for (const name of closed)
    t.ok(readFileSync(join(place.copy, name)).equals(readFileSync(join(place.from, name))), name)
})

t.test('a receiver takes nothing from whoever has no password', { skip }, async (t) => {
  const place = await startPlace(t, false)
  await place.receive()
  t.not(await codeOf(place.ship('--password-file=/dev/null')), 0)
  t.not(await codeOf(place.ship('--delete')), 0, 'and deletes nothing')
})

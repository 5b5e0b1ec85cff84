/**
 * How long until it is there: help, the explanation of a message, the first verdict of the demo, and a gateway that is ready on an
 * SQLite store with that many flags. An empty Node program stands in the same run: what a machine makes slow it makes slow for all.
 *
 *   npm run bench:start -- [--rounds 5] [--flags 1200000] [--store FILE] [--write-docs]
 *
 * The store is made first, which takes minutes; with --store it is kept, and used again when it is there.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { instantOf } from '../src/core/device/device.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { exitOf } from '../test/support/child-exit.ts'
import { freePort } from '../test/support/free-port.ts'
import { restrict } from '../test/support/restrict.ts'
import { ward, wardedFolder } from '../test/support/warden.ts'
import { writeSection } from './ladder/documents.ts'
import { thisCommit, thisMachine } from './ladder/result.ts'
import { asMarkdown, asText, type Cells } from './ladder/table.ts'
import { answerHelp, readOptions } from './support/help.ts'
import { usageOf } from './support/process-usage.ts'
import { digits, spreadOf, spreadText } from './support/spread.ts'
import { Fleet } from './workload/fleet.ts'

answerHelp(import.meta.url)

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const MESSAGE = 'fixtures/southbound/read-balance-local.xml'
const RESTRICTED_SHARE = 0.02
/** Flags set in one transaction. */
const BATCH = 10_000
/** Between two looks at a gateway that starts; a look at its metrics is work for it too. */
const TICK_MS = 25

/** Seconds since it was started, and CPU seconds of it and its children until then. */
interface Reached {
  readonly wall: number
  readonly cpu: number
}

interface Start {
  readonly name: string
  /** Seconds, on a machine that does nothing else. */
  readonly bar?: number
  readonly reach: () => Promise<Reached>
}

function command(words: readonly string[]): () => Promise<Reached> {
  return async () => {
    const [beganMs, before] = [performance.now(), childrenSeconds()]
    const child = ward(spawn(process.execPath, words, { cwd: ROOT, stdio: 'ignore' }))
    const [code] = await exitOf(child)
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`)
    return { wall: (performance.now() - beganMs) / 1_000, cpu: childrenSeconds() - before }
  }
}

/** CPU seconds of all children that have ended (proc(5), cutime and cstime, in hundredths). */
function childrenSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

function reachedBy(child: ChildProcess, beganMs: number): Reached {
  const { cpuMicros } = usageOf(child.pid ?? 0)
  return { wall: (performance.now() - beganMs) / 1_000, cpu: cpuMicros / 1e6 }
}

/** Until the first row of the demo's table. */
async function firstVerdict(): Promise<Reached> {
  const beganMs = performance.now()
  const child = ward(spawn('npm', ['start'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] }))
  if (!child.stdout) throw new Error('there is no output to read')
  let reached: Reached | undefined
  for await (const line of createInterface({ input: child.stdout }))
    if (!reached && /^\d\d:\d\d:\d\d\.\d{3} .* forward /.test(line)) {
      reached = reachedBy(child, beganMs)
      child.kill('SIGINT')
    }
  if (!reached) throw new Error('the demo ended without a verdict')
  return reached
}

/** Until `/readyz` says so, or until the index of flags answers as well. */
function gateway(store: string, folder: string, isReached: (control: string) => Promise<boolean>) {
  return async (): Promise<Reached> => {
    const control = `127.0.0.1:${await freePort()}`
    const words = Object.entries({
      store,
      'southbound.listen': '127.0.0.1:0',
      'northbound.listen': '127.0.0.1:0',
      'control.listen': control,
      'southbound.dspUrl': 'http://127.0.0.1:9',
      'journal.folder': join(folder, 'journal'),
    }).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    const beganMs = performance.now()
    const child = ward(
      spawn(process.execPath, ['bin/duisgate.mjs', 'serve', ...words], { cwd: ROOT, stdio: 'ignore' }),
    )
    while (!(await isReached(control).catch(() => false))) {
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`)
      await delay(TICK_MS)
    }
    const reached = reachedBy(child, beganMs)
    child.kill('SIGTERM')
    await exitOf(child)
    return reached
  }
}

async function isReady(control: string): Promise<boolean> {
  return (await fetch(`http://${control}/readyz`)).ok
}

async function isIndexed(control: string): Promise<boolean> {
  const metrics = await (await fetch(`http://${control}/metrics`)).text()
  return metrics.includes('\nduisgate_flag_index_loaded 1\n')
}

async function fill(file: string, flags: number): Promise<void> {
  const fleet = new Fleet({ devices: flags / RESTRICTED_SHARE, restrictedShare: RESTRICTED_SHARE, seed: 1 })
  const keys = Array.from(fleet.restricted(), (n) => fleet.keyAt(n))
  const store = openSqliteStore({ file })
  for (let from = 0; from < keys.length; from += BATCH)
    await restrict(store, keys.slice(from, from + BATCH), instantOf(0))
  await store.close()
}

function tableOf(timed: readonly { readonly start: Start; readonly reached: readonly Reached[] }[]): Cells {
  const spread = (reached: readonly Reached[], of: keyof Reached) => spreadOf(reached.map((each) => each[of]))
  const empty = spread(timed[0]?.reached ?? [], 'cpu').median
  return [
    ['what', 'seconds', 'CPU seconds', 'CPU, to an empty Node program', 'bar, seconds'],
    ...timed.map(({ start, reached }) => [
      start.name,
      spreadText(spread(reached, 'wall')),
      spreadText(spread(reached, 'cpu')),
      `× ${digits(spread(reached, 'cpu').median / empty)}`,
      start.bar === undefined ? '' : String(start.bar),
    ]),
  ]
}

async function main(folder: string): Promise<void> {
  const { values } = readOptions({
    options: {
      rounds: { type: 'string', default: '5' },
      flags: { type: 'string', default: '1200000' },
      store: { type: 'string', default: join(folder, 'store.db') },
      'write-docs': { type: 'boolean', default: false },
    },
  })
  const flags = Number(values.flags)
  if (!existsSync(values.store)) await fill(values.store, flags)
  const onFlags = `gateway on ${flags.toLocaleString('en')} flags`
  const starts: readonly Start[] = [
    { name: 'an empty Node program', reach: command(['-e', '']) },
    { name: '`duisgate --help`', bar: 0.35, reach: command(['bin/duisgate.mjs', '--help']) },
    { name: '`duisgate explain FILE`', bar: 0.5, reach: command(['bin/duisgate.mjs', 'explain', MESSAGE]) },
    { name: '`npm start`, first verdict', bar: 3, reach: firstVerdict },
    { name: `${onFlags}, ready`, reach: gateway(values.store, folder, isReady) },
    { name: `${onFlags}, index loaded`, reach: gateway(values.store, folder, isIndexed) },
  ]
  const timed = starts.map((start) => ({ start, reached: [] as Reached[] }))
  for (let round = 0; round < Number(values.rounds); round++)
    for (const { start, reached } of timed) reached.push(await start.reach())
  console.log(asText(tableOf(timed)))
  if (!values['write-docs']) return
  const { cores, cpu, node } = thisMachine(undefined)
  const where = `${cores} × ${cpu}, Node ${node}, commit ${thisCommit(ROOT)}, ${values.rounds} rounds, load average ${digits(loadavg()[0] ?? 0)} at the end`
  const said = `Command: \`npm run bench:start -- --flags ${flags} --rounds ${values.rounds} --write-docs\``
  writeSection('bench:start', [said, `${where}.`, asMarkdown(tableOf(timed))].join('\n\n'))
}

const folder = wardedFolder('duisgate-bench-')
try {
  await main(folder)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

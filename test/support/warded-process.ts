/**
 * A process that starts one of each kind of child that the tests have and then waits to be killed. It says `ready` once all
 * run, and before that each kind that it has started or that is not installed here. Its words are the kinds, all when none.
 */
import { fork, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exitOf } from './child-exit.ts'
import { startChromium, withoutChromium } from './chromium.ts'
import { type FrontHopName, isInstalled, startFrontHop } from './front-hops.ts'
import { startPostgres } from './postgres.ts'
import { ward, wardedFolder, wardGroup } from './warden.ts'

const BIN = fileURLToPath(new URL('../../bin/duisgate.mjs', import.meta.url))

const CONFIG = `
workers: 2
store: duisgate.db
journal: {folder: journal}
southbound: {listen: "127.0.0.1:0", dspUrl: "http://127.0.0.1:9"}
northbound: {listen: "127.0.0.1:0"}
control: {listen: "127.0.0.1:0"}
controlPlane: {listen: "127.0.0.1:0"}
parties: [{id: SUP, name: Supplier, roles: [supplier]}]
`

/** Two workers and a control plane below it. */
async function startGateway(): Promise<void> {
  const folder = wardedFolder()
  const file = join(folder, 'duisgate.yaml')
  writeFileSync(file, CONFIG)
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit']
  const child = ward(spawn(process.execPath, [BIN, 'serve', '--config', file], { cwd: folder, stdio }))
  let said = ''
  for await (const text of child.stdout?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ?? []) {
    said += text
    if (said.match(/listening"/g)?.length === 2) return
  }
  throw new Error(`the gateway did not start: ${said}`)
}

/** A shell that has gone on to something else, with a child in the background. */
async function startGroup(): Promise<void> {
  const shell = wardGroup(spawn('sh', ['-c', 'sleep 600 & echo started'], { detached: true }))
  await exitOf(shell)
}

/** One of those that are killed in the middle of their work. */
async function startFork(): Promise<void> {
  const folder = wardedFolder()
  const program = fileURLToPath(new URL('../reports/rollup-process.ts', import.meta.url))
  await once(ward(fork(program, ['sqlite', join(folder, 'store.db'), folder])), 'message')
}

const wanted = process.argv.slice(2)
const scope = { teardown: () => {} }
const hops: readonly FrontHopName[] = ['haproxy', 'nginx']
const kinds: readonly (readonly [name: string, isHere: boolean, start: () => Promise<unknown>])[] = [
  ['gateway', true, startGateway],
  ['group', true, startGroup],
  ['fork', true, startFork],
  ['PostgreSQL', true, startPostgres],
  ['Chromium', withoutChromium === false, startChromium],
  ...hops.map((name) => [name, isInstalled(name), () => startFrontHop(scope, name, 9)] as const),
]
for (const [name, isHere, start] of kinds) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (isHere) await start()
  process.send?.(isHere ? `started ${name}` : `without ${name}`)
}
process.send?.('ready')

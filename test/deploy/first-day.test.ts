/**
 * Runs the blocks of docs/first-day.md as they stand, in one shell, with ports and a database that are free. Commands that end
 * by themselves run inside the test, which is quick; the gateways and what runs beside them are processes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { duisgate, temporaryFolder } from '../cli/run.ts'
import { exitOf } from '../support/child-exit.ts'
import { startPostgres } from '../support/postgres.ts'
import { wardGroup } from '../support/warden.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/first-day.md'), 'utf8')

/** What the shell says, in this order. */
const SAID = [
  /ok: the configuration/,
  /2 Devices imported, 0 bad rows/,
  /1 registration imported, 0 bad rows/,
  /\{"ready":true\}\n\{"ready":true\}/,
  /1 {2}southbound: 204/,
  /1200012345679: set, R-[0-9A-Z]{26}, 1 Device/,
  /southbound: 200 E5[\s\S]*?southbound: 200 E5/,
  /southbound: 204/,
  /refused: the same person/,
  /approved, recommended [0-9a-f]{12}, in-force/,
  /ok: the configuration and table day\/list.yaml; 1 unit test holds/,
  /^SRV 4\.1\.1: stopped → passes, because: /m,
  /southbound: 200 E5/,
  /duisgate_shadow_verdicts_total\{enforced="reject",shadow="forward"\} 1/,
  /approved, recommended [0-9a-f]{12}, in-force/,
  /southbound: 204[\s\S]*?southbound: 204/,
  /approved, recommended [0-9a-f]{12}, in-force/,
  /southbound: 200 E5[\s\S]*?southbound: 200 E5/,
  /in force, run by 2 of 2 gateways/,
  /ok: whole up to index \d+/,
  /[1-9]\d* messages captured/,
  /\d+ of [1-9]\d* results changed/,
  /0 failures/,
  /\{"ready":true\}/,
  /\b0 of [1-9]\d* results changed, [1-9]\d* the same/,
]

const TIME_MS = 290_000

t.test('everything on the page of the first day comes out as it says', { timeout: TIME_MS }, async (t) => {
  const folder = t.testdir()
  for (const name of ['bin', 'fixtures', 'policy']) symlinkSync(join(ROOT, name), join(folder, name))
  process.chdir(folder)
  t.teardown(() => process.chdir(ROOT))
  let said = ''
  const blocks = (await withFreePorts(blocksOf(PAGE)))
    .replaceAll('npx duisgate capture', `'${process.execPath}' bin/duisgate.mjs capture`)
    .replaceAll('npx duisgate', 'duisgate')
    .replaceAll(/\bnode (?=-e|bin)/g, `'${process.execPath}' `)
    .replace('createdb duisgate\n', '')
    .replace('postgres://localhost/duisgate', await database(t))
  const note = (text: string) => (said += text)
  const script = `${await shellCommand(t, { folder, environment: exportsOf(blocks), note })}\n${blocks}`
  const env = { ...process.env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compiled') }
  const shell = wardGroup(
    spawn('bash', ['-eu', '-o', 'pipefail', '-c', script], { cwd: folder, env, detached: true }),
  )
  t.teardown(() => endAll(shell.pid))
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (text) => (said += text))
  const [code] = await exitOf(shell)
  if (!t.equal(code, 0, said)) return
  let rest = said
  for (const pattern of SAID) {
    const found = pattern.exec(rest)
    t.ok(found, `${pattern} in ${rest}`)
    rest = rest.slice((found?.index ?? 0) + (found?.[0].length ?? 0))
  }
})

interface Place {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** Told what commands say on standard error. */
  readonly note: (text: string) => void
}

/** The shell function `duisgate`: it has the test run the command, prints what that prints, and ends with its exit code. */
async function shellCommand(t: Test, { folder, environment, note }: Place): Promise<string> {
  const server = createHttpServer(async (request, reply) => {
    const words = String(await buffer(request))
      .split('\0')
      .slice(0, -1)
    const { code, stdout, stderr } = await duisgate(words, { folder, environment })
    note(stderr)
    reply.writeHead(CODES_FROM + (code ?? 0)).end(stdout)
  })
  const socket = join(temporaryFolder(), 'commands')
  await once(server.listen(socket), 'listening')
  t.teardown(() => server.close())
  return `duisgate() {
    local printed=$(mktemp -p '${dirname(socket)}') code
    code=$(printf '%s\\0' "$@" |
      curl -s --unix-socket '${socket}' --data-binary @- -o "$printed" -w '%{http_code}' http://test/)
    cat "$printed"
    return $((code - ${CODES_FROM}))
  }`
}

/** The HTTP status that says exit code 0. */
const CODES_FROM = 400

function exportsOf(script: string): Record<string, string> {
  return Object.fromEntries(
    [...script.matchAll(/^export (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}

function blocksOf(page: string): string {
  return [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block).join('')
}

async function database(t: Test): Promise<string> {
  const server = await startPostgres({ isDurable: true })
  t.teardown(() => server.stop())
  const { host, user, database } = await server.database()
  return `postgres://${user}@localhost/${database}?host=${encodeURIComponent(String(host))}`
}

/** The ports of the page, and those that a configuration has when it names none, made free ones. */
async function withFreePorts(script: string): Promise<string> {
  const named = [...new Set(script.match(/\b8(?:0|6)\d\d\b/g))]
  const free = await freePorts(named.length + 1)
  const moved = named.reduce((text, port, index) => text.replaceAll(port, String(free[index])), script)
  const first = `--set gatewayId=a --set journal.folder=day/a > `
  const control = named.indexOf('8602')
  const own = `--set control.listen=127.0.0.1:${free[control]} --set controlPlane.listen=127.0.0.1:${free.at(-1)}`
  return moved.replaceAll(first, `${own} ${first}`)
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => Number((server.address() as { port: number }).port))
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Everything that the shell started, also when it ended half way. */
function endAll(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL')
  } catch {
    // There is nothing left to end.
  }
}

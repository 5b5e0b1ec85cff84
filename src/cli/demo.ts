/**
 * `duisgate demo`: the whole of it on one machine, without set-up.
 *
 * A temporary store with sample Devices, a gateway, a stub DSP adapter and a stub Service User talk over real sockets. Each
 * message must get its verdict and reach the far side byte for byte, or not at all.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { request } from 'undici'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import { type FarSide, startStubDsp, startStubServiceUser } from '../demo/far-sides.ts'
import { HOUSEHOLD, INVENTORY, SUPPLIER } from '../demo/household.ts'
import { liveTable, tableHead } from '../demo/live-table.ts'
import { type Act, loadPlay, type Scene } from '../demo/play.ts'
import { systemClock } from '../observe/clock.ts'
import { createLog } from '../observe/log.ts'
import { type ConfigOptions, configOf } from './configuration.ts'
import { tableOf } from './policy-files.ts'
import { untilToldToStop } from './running.ts'
import { type Service, startService } from './service.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface DemoOptions extends ConfigOptions {
  readonly once?: true
}

const EXAMPLES = `
Examples:
  duisgate demo          play, then stay up for messages of your own
  duisgate demo --once   play, summarise, end

Exit code 0: every message got its verdict and went the way it must. 1: at least one did not.`

export function demoCommand(terminal: Terminal): Command {
  return new Command('demo')
    .description('Show the gateway at work, without any set-up.')
    .option('--once', 'end with a summary instead of staying up')
    .addHelpText('after', EXAMPLES)
    .action((options: DemoOptions) => demo(terminal, options))
}

async function demo(terminal: Terminal, options: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'duisgate-demo-'))
  const stage: Stage = { terminal, folder, dsp: await startStubDsp(), user: await startStubServiceUser() }
  try {
    const service = await startOn(stage)
    try {
      await perform(stage, service, options)
    } finally {
      await service.stop()
    }
  } finally {
    await stage.dsp.close()
    await stage.user.close()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Stage {
  readonly terminal: Terminal
  readonly folder: string
  readonly dsp: FarSide
  readonly user: FarSide
}

/** The gateway is told about the stubs by its configuration, like any other. */
async function startOn({ terminal, folder, dsp, user }: Stage): Promise<Service> {
  const anyPort = ['southbound', 'northbound', 'control'].map((name) => `${name}.listen=127.0.0.1:0`)
  const config = await configOf(
    { ...terminal, environment: {} },
    {
      set: [
        ...anyPort,
        `store=${storeIn(folder)}`,
        `journal.folder=${join(folder, 'journal')}`,
        `southbound.dspUrl=${dsp.url.origin}`,
        `northbound.users=${formatEui64(SUPPLIER)}=${user.url.origin}`,
        `northbound.fallback=${user.url.origin}`,
        'drainMs=1000',
        'log.level=silent',
      ],
    },
  )
  const catalogue = await loadCatalogue()
  const journal = liveTable({ ...terminal, catalogue, table: await tableOf(config.table, catalogue) })
  return startService({ config, log: createLog(config.log), journal })
}

function storeIn(folder: string): string {
  return join(folder, 'duisgate.db')
}

async function perform(stage: Stage, service: Service, { once }: DemoOptions): Promise<void> {
  const { terminal } = stage
  const told = untilToldToStop(terminal)
  await service.store.putDevices(INVENTORY)
  terminal.print(tableHead())
  let played = 0
  const surprises: string[] = []
  for (const act of await loadPlay()) {
    await setTheScene(stage, service, act)
    for (const scene of act.scenes) {
      const surprise = await playScene(stage, service, scene)
      played++
      if (surprise) surprises.push(`message ${played}: ${surprise}`)
    }
  }
  summarise(terminal, played, surprises)
  if (once) return
  await setTheScene(stage, service, { title: 'The household is Restricted again', isRestricted: true })
  invite(stage, service)
  await told
}

/** Sets or clears the flag in the store, and waits until the gateway has it. */
async function setTheScene(
  { terminal }: Stage,
  { store, flags }: Service,
  act: Pick<Act, 'title' | 'isRestricted'>,
): Promise<void> {
  const startMs = systemClock.monotonicMs()
  const change = act.isRestricted ? store.setRestriction : store.clearRestriction
  const sequence = await change.call(store, HOUSEHOLD, systemClock.now())
  while (flags.status().sequence < sequence) await flags.catchUp()
  terminal.print(`\n${act.title} (in force after ${Math.ceil(systemClock.monotonicMs() - startMs)} ms)`)
}

/** Plays one message; answers what went otherwise than it must. */
async function playScene(
  { dsp, user }: Stage,
  { gateway }: Service,
  scene: Scene,
): Promise<string | undefined> {
  const isSouthbound = scene.direction === 'southbound'
  const { southbound, northbound } = gateway.ports
  const url = isSouthbound
    ? `http://127.0.0.1:${southbound}/api/v1/serviceS`
    : `http://127.0.0.1:${northbound}/`
  const headers = { 'content-type': 'application/xml' }
  const { statusCode, body } = await request(url, { method: 'POST', headers, body: scene.message })
  const answer = await body.text()
  return surpriseIn(scene, {
    status: statusCode,
    answer,
    received: (isSouthbound ? dsp : user).takeReceived(),
  })
}

interface Played {
  readonly status: number
  readonly answer: string
  /** What the far side got. */
  readonly received: readonly Buffer[]
}

function surpriseIn(scene: Scene, { status, answer, received }: Played): string | undefined {
  const [first, ...others] = received
  const isUntouched = first?.equals(scene.message) === true && others.length === 0
  switch (scene.expected) {
    case 'forward':
      return isUntouched ? undefined : 'it must reach the far side byte for byte, once'
    case 'reject':
      return !first && isRejection(answer) ? undefined : 'it must be answered E5 and not reach the DSP'
    case 'withhold':
      if (status >= 300) return `the DSP got status ${status} for a message that is withheld`
      return scene.isReplaced === (first !== undefined && isRejection(first.toString())) && !isUntouched
        ? undefined
        : 'it must not reach the Service User'
    case 'refuse':
      return !first && status === 400 ? undefined : 'it must be refused with status 400'
    case 'defer':
      return !first && status === 503 ? undefined : 'it must be deferred with status 503'
  }
}

function isRejection(document: string): boolean {
  return /ResponseCode>E5</.test(document)
}

function summarise(terminal: Terminal, played: number, surprises: readonly string[]): void {
  for (const surprise of surprises) terminal.print(surprise)
  terminal.print(`\n${played} messages played, ${played - surprises.length} as expected`)
  if (surprises.length > 0)
    throw new CommandError(EXIT.no, `${surprises.length} of ${played} messages went another way`)
}

function invite({ terminal, folder, user }: Stage, { gateway }: Service): void {
  const { southbound, northbound, observation } = gateway.ports
  const send = (file: string, port: number, path: string) =>
    `  curl -sS -H 'Content-Type: application/xml' --data-binary @fixtures/${file} http://127.0.0.1:${port}${path}`
  const [meter] = HOUSEHOLD
  terminal.print(`
The gateway stays up (Service User stub on ${user.url.port}). From the checkout, try
one that is rejected:
${send('southbound/read-import-registers.xml', southbound, '/api/v1/serviceS')}
one that passes:
${send('southbound/top-up.xml', southbound, '/api/v1/serviceS')}
one that is withheld:
${send('northbound/alert-billing.xml', northbound, '/')}
lift the flag, and send the first again:
  npx duisgate flag clear ${meter === undefined ? '' : formatEui64(meter)} --store ${storeIn(folder)}
and look at what it counted:
  curl -sS http://127.0.0.1:${observation}/metrics | grep ^duisgate_messages

Ctrl-C ends it.`)
}

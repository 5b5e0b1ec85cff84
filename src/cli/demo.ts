/**
 * `duisgate demo`: the whole of it on one machine, without set-up.
 *
 * A temporary store with sample Devices and parties, a gateway, the control plane, a stub DSP adapter and a stub Service User
 * talk over real sockets. Suppliers set and clear the flag over the API; each message must get its verdict and reach the far
 * side byte for byte, or not at all. Then it is the newcomer's turn.
 */
import { Command } from 'commander'
import { request } from 'undici'
import { MPAN, MPRN } from '../demo/household.ts'
import { invitation } from '../demo/invitation.ts'
import { tableHead } from '../demo/live-table.ts'
import { type Act, loadPlay, type Scene } from '../demo/play.ts'
import { onStage, type Screen, type Stage } from '../demo/stage.ts'
import { untilToldToStop } from '../run/running.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface DemoOptions {
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

async function demo(terminal: Terminal, { once }: DemoOptions): Promise<void> {
  let isOver = false
  const told = untilToldToStop(terminal).then(() => {
    isOver = true
    terminal.print('\nStopping: the gateway ends what is under way …')
  })
  await onStage(terminal, async (stage) => {
    await perform(stage, () => isOver)
    if (once || isOver) return
    terminal.print(
      invitation({ page: stage.plane.url, tokens: stage.tokens, ports: stage.service.gateway.ports }),
    )
    await told
  })
  if (isOver) terminal.print('Good-bye. Nothing runs any more, and the temporary store is gone.')
}

/** Both meters and the Gas Proxy Function of the household, set and cleared. */
const NOTICES = 6
const PATIENCE_MS = 10_000

/** Plays every message and tells how it went, or ends between two of them. */
async function perform(stage: Stage, isOver: () => boolean): Promise<void> {
  const { screen } = stage
  screen.print(tableHead())
  let played = 0
  let isRestricted = false
  const surprises: string[] = []
  for (const act of await loadPlay()) {
    if (isOver()) return
    const change = act.isRestricted === isRestricted ? '' : await changeFlags(stage, act)
    isRestricted = act.isRestricted
    screen.print(`\n${act.title}${change}`)
    for (const scene of act.scenes) {
      if (isOver()) return
      const surprise = await playScene(stage, scene)
      played++
      if (surprise) surprises.push(`message ${played}: ${surprise}`)
    }
  }
  const told = await stage.csp.untilTold(NOTICES, PATIENCE_MS)
  if (told !== NOTICES) surprises.push(`the CSP took ${told} notices, ${NOTICES} were to come`)
  summarise(screen, played, surprises)
}

/** The Suppliers set or clear the flags of the household over the API; settles once that is in force. */
async function changeFlags({ desk }: Stage, { isRestricted }: Pick<Act, 'isRestricted'>): Promise<string> {
  const change = (party: 'SUP-E' | 'SUP-G', mpxn: string) =>
    isRestricted ? desk.restrict(party, mpxn) : desk.clear(party, mpxn)
  const times = [await change('SUP-E', MPAN), await change('SUP-G', MPRN)]
  return `: electricity in force after ${times.join(' ms, gas after ')} ms`
}

/** Plays one message; answers what went otherwise than it must. */
async function playScene(
  { dsp, user, service: { gateway } }: Stage,
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
  /** What the upstream got. */
  readonly received: readonly Buffer[]
}

function surpriseIn(scene: Scene, { status, answer, received }: Played): string | undefined {
  const [first, ...others] = received
  const isUntouched = first?.equals(scene.message) === true && others.length === 0
  switch (scene.expected) {
    case 'forward':
      return isUntouched ? undefined : 'it must reach the upstream byte for byte, once'
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

function summarise(screen: Screen, played: number, surprises: readonly string[]): void {
  for (const surprise of surprises) screen.print(surprise)
  screen.print(`\n${played} messages played, ${played - surprises.length} as expected`)
  if (surprises.length > 0)
    throw new CommandError(EXIT.no, `${surprises.length} of ${played} messages went another way`)
}

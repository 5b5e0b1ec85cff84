/**
 * `duisgate demo`: the whole of it on one machine, without set-up.
 *
 * A temporary store with sample Devices and parties, a gateway, the control plane, a stub DSP adapter and a stub Service User
 * talk over real sockets. Suppliers set and clear the flag over the API; each message must get its verdict and reach the far
 * side byte for byte, or not at all. Then it is the newcomer's turn.
 */
import { Command } from 'commander'
import { request } from 'undici'
import { type DemoSystem, type Screen, withDemoSystem } from '../demo/demo-system.ts'
import { MPAN, MPRN } from '../demo/household.ts'
import { tableHead } from '../demo/live-table.ts'
import { nextSteps } from '../demo/next-steps.ts'
import { loadPhases, type Phase, type Step } from '../demo/phases.ts'
import { loadProviderPackage } from '../demo/sign-in-provider.ts'
import { untilToldToStop } from '../run/running.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface DemoOptions {
  readonly once?: true
  readonly oidc?: true
}

const EXAMPLES = `
Examples:
  duisgate demo          play, then stay up for messages of your own
  duisgate demo --once   play, summarise, end
  duisgate demo --oidc   the same, and people sign in at an OpenID provider or with tokens

Exit code 0: every message got its verdict and went the way it must. 1: at least one did not. 2: --oidc, and its package is missing.`

export function demoCommand(terminal: Terminal): Command {
  return new Command('demo')
    .option('--once', 'end with a summary instead of staying up')
    .option('--oidc', 'run an OpenID provider too, to sign in at')
    .addHelpText('after', EXAMPLES)
    .action((options: DemoOptions) => demo(terminal, options))
}

async function demo(terminal: Terminal, { once, oidc }: DemoOptions): Promise<void> {
  const ofProvider = oidc && (await loadProviderPackage())
  let isOver = false
  const told = untilToldToStop(terminal).then(() => {
    isOver = true
    terminal.print('\nStopping: the gateway ends what is under way …')
  })
  await withDemoSystem(terminal, ofProvider, async (system) => {
    await runPhases(system, () => isOver)
    if (once || isOver) return
    const { plane, tokens, secondToken, service, provider } = system
    terminal.print(
      nextSteps({
        ...{ page: plane.url, tokens, secondToken },
        ...{ ports: service.gateway.ports, issuer: provider?.issuer },
      }),
    )
    await told
  })
  if (isOver) terminal.print('Good-bye. Nothing runs any more, and the temporary store is gone.')
}

/** Both meters and the Gas Proxy Function of the household, set and cleared. */
const NOTICES = 6
const PATIENCE_MS = 10_000

/** Plays every message and tells how it went, or ends between two of them. */
async function runPhases(system: DemoSystem, isOver: () => boolean): Promise<void> {
  const { screen } = system
  screen.print(tableHead())
  let played = 0
  let isRestricted = false
  const surprises: string[] = []
  for (const phase of await loadPhases()) {
    if (isOver()) return
    const change = phase.isRestricted === isRestricted ? '' : await changeFlags(system, phase)
    isRestricted = phase.isRestricted
    screen.print(`\n${phase.title}${change}`)
    for (const step of phase.steps) {
      if (isOver()) return
      const surprise = await runStep(system, step)
      played++
      if (surprise) surprises.push(`message ${played}: ${surprise}`)
    }
  }
  const told = await system.csp.untilTold(NOTICES, PATIENCE_MS)
  if (told !== NOTICES) surprises.push(`the CSP took ${told} notices, ${NOTICES} were to come`)
  summarise(screen, played, surprises)
}

/** The Suppliers set or clear the flags of the household over the API; settles once that is in force. */
async function changeFlags(
  { flags }: DemoSystem,
  { isRestricted }: Pick<Phase, 'isRestricted'>,
): Promise<string> {
  const change = (party: 'SUP-E' | 'SUP-G', mpxn: string) =>
    isRestricted ? flags.restrict(party, mpxn) : flags.clear(party, mpxn)
  const times = [await change('SUP-E', MPAN), await change('SUP-G', MPRN)]
  return `: electricity in force after ${times.join(' ms, gas after ')} ms`
}

/** Plays one message; answers what went otherwise than it must. */
async function runStep(
  { dsp, user, service: { gateway } }: DemoSystem,
  step: Step,
): Promise<string | undefined> {
  const isSouthbound = step.direction === 'southbound'
  const { southbound, northbound } = gateway.ports
  const url = isSouthbound
    ? `http://127.0.0.1:${southbound}/api/v1/serviceS`
    : `http://127.0.0.1:${northbound}/`
  const headers = { 'content-type': 'application/xml' }
  const { statusCode, body } = await request(url, { method: 'POST', headers, body: step.message })
  const answer = await body.text()
  return surpriseOf(step, {
    status: statusCode,
    answer,
    received: (isSouthbound ? dsp : user).takeReceived(),
  })
}

interface StepResult {
  readonly status: number
  readonly answer: string
  /** What the upstream got. */
  readonly received: readonly Buffer[]
}

function surpriseOf(step: Step, { status, answer, received }: StepResult): string | undefined {
  const [first, ...others] = received
  const isUntouched = first?.equals(step.message) === true && others.length === 0
  switch (step.expected) {
    case 'forward':
      return isUntouched ? undefined : 'it must reach the upstream byte for byte, once'
    case 'reject':
      return !first && isRejection(answer) ? undefined : 'it must be answered E5 and not reach the DSP'
    case 'withhold':
      if (status >= 300) return `the DSP got status ${status} for a message that is withheld`
      return step.isReplaced === (first !== undefined && isRejection(first.toString())) && !isUntouched
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

/**
 * `duisgate ready`: asks the gateway that runs beside it whether it may have traffic. What the health check of a container runs:
 * it finds address and TLS in the same configuration.
 */
import { readFile } from 'node:fs/promises'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import type { ListenAddress } from '../config/kinds.ts'
import { reasonOf } from '../observe/rare-line.ts'
import { type ConfigOptions, configOf } from './configuration.ts'
import { withConfigOptions } from './shared-options.ts'
import { EXIT, type Terminal, usageError } from './terminal.ts'

interface ReadyOptions extends ConfigOptions {
  readonly controlPlane?: true
}

const HELP = `
Asks /readyz of control.listen; with --control-plane, of controlPlane.observation. Where control.tls asks for client
certificates its own is shown, so that has to be one for both sides, of a CA in control.tls.ca.

Exit code 0: ready. 1: not ready, with the reasons, or not there.`

export function readyCommand(terminal: Terminal): Command {
  const command = new Command('ready')
    .option('--control-plane', 'ask the control plane')
    .addHelpText('after', HELP)
  return withConfigOptions(command).action((options: ReadyOptions) => run(terminal, options))
}

async function run(terminal: Terminal, options: ReadyOptions): Promise<void> {
  const { control, controlPlane } = await configOf(terminal, options)
  const address = options.controlPlane ? controlPlane.observation : control.listen
  if (!address) throw usageError('controlPlane.observation is not set: the control plane answers nowhere')
  const { isReady, text } = await answerOf(address, control.tls)
  terminal.print(text)
  terminal.exitWith(isReady ? EXIT.ok : EXIT.no)
}

interface Answer {
  readonly isReady: boolean
  readonly text: string
}

/** Milliseconds until it counts as not ready. */
const PATIENCE_MS = 2_000

/** Never rejects for what the gateway does or does not do. */
async function answerOf(address: ListenAddress, tls: Config['control']['tls']): Promise<Answer> {
  // Whoever listens there runs on this machine and is told nothing: its certificate is not looked at.
  const own = tls && {
    rejectUnauthorized: false,
    cert: await readFile(tls.certificate),
    key: await readFile(tls.key),
  }
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const notThere = (error: unknown) => resolve({ isReady: false, text: `no answer: ${reasonOf(error)}` })
  const where = { host: reachable(address.host), port: address.port, path: '/readyz', agent: false }
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const asked = own ? requestTls({ ...where, ...own, signal }) : requestPlain({ ...where, signal })
  asked.on('error', notThere).on('response', (reply) => {
    const isReady = reply.statusCode === 200
    reply
      .setEncoding('utf8')
      .toArray()
      .then((parts) => resolve({ isReady, text: parts.join('').trim() }), notThere)
  })
  asked.end()
  return promise
}

/** An address that stands for every one of this machine is asked at the loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** What a load run is to do, from its options: every fault of them is told before anything is sent. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { loadCatalogue } from '../../config/load-catalogue.ts'
import { fileFaultText } from '../../config/text-file.ts'
import type { DeviceType } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { Direction } from '../../core/duis/facts.ts'
import { type ConfigOptions, configOf } from '../configuration.ts'
import { Examiner } from '../examiner.ts'
import { tableNamed } from '../named-table.ts'
import { optionOf } from '../shared-options.ts'
import { type Terminal, usageError } from '../terminal.ts'
import type { Address } from './lean-connection.ts'
import { type Judge, type LoadMessage, loadMessages } from './messages.ts'
import { LONGEST_SECONDS, type Stage, type StageEnd, secondsOf, stagesFrom } from './stages.ts'
import { collectThresholds, type Threshold } from './thresholds.ts'
import type { ListenAt } from './upstream.ts'

export interface LoadOptions extends ConfigOptions {
  readonly target?: URL
  readonly northboundTarget?: URL
  readonly mix?: string
  readonly rate?: number
  readonly for?: number
  readonly stages?: readonly StageEnd[]
  readonly connections?: number
  readonly fail?: readonly Threshold[]
  readonly upstream?: ListenAt
  readonly metrics?: URL
  readonly table?: string
  readonly restricted?: readonly DeviceKey[]
  readonly device?: ReadonlyMap<DeviceKey, DeviceType>
  readonly rejectCode: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly out?: string
  readonly html?: string
  readonly json?: true
}

/** Where the messages of a direction go. */
interface Target {
  readonly url: URL
  readonly address: Address
}

export interface LoadPlan {
  readonly targets: Readonly<Partial<Record<Direction, Target>>>
  /** Those that have a target. */
  readonly messages: readonly LoadMessage[]
  readonly model:
    | { readonly kind: 'open'; readonly connections: number; readonly stages: readonly Stage[] }
    | { readonly kind: 'closed'; readonly connections: number; readonly seconds: number }
  readonly thresholds: readonly Threshold[]
  /** For the gateway's metrics as well. */
  readonly tls: Partial<Record<'ca' | 'cert' | 'key', Buffer>>
}

export const MOST_CONNECTIONS = 512
const CONNECTIONS = 64
const RATE = 100
const SECONDS = 10

/** `HOST:PORT`; the host is a name, an IPv4 address, or an IPv6 address in brackets. */
export const listenOption = optionOf((text) => {
  const url = /^[^/@?#\s]+:\d{1,5}$/.test(text) ? URL.parse(`tcp://${text}`) : null
  return url ? { host: bare(url.hostname), port: Number(url.port) } : undefined
}, 'HOST:PORT; give one like 127.0.0.1:9000.')

export async function planOf(terminal: Terminal, options: LoadOptions): Promise<LoadPlan> {
  mustFit(options)
  const tls = await tlsFiles(terminal, options)
  const targets = {
    ...(options.target && { southbound: targetOf('--target', options.target, tls) }),
    ...(options.northboundTarget && {
      northbound: targetOf('--northbound-target', options.northboundTarget, tls),
    }),
  }
  const all = await loadMessages(terminal, options.mix, await judgeOf(terminal, options))
  return {
    targets,
    messages: withTarget(terminal, all, targets),
    model: modelOf(options),
    thresholds: options.fail ?? usualThresholds(options),
    tls,
  }
}

/** Options that exclude each other, or that say nothing where they stand. */
function mustFit(options: LoadOptions): void {
  const { target, northboundTarget, stages, fail = [], upstream, cert, key } = options
  const unseen = fail.find(({ metric }) => metric === 'altered' || metric === 'withhold')
  const isClosed = modelOf(options).kind === 'closed'
  const late = fail.find(({ metric }) => metric === 'late')
  const faults: readonly (readonly [isFault: unknown, text: string])[] = [
    [!target && !northboundTarget, 'give --target, --northbound-target or both'],
    [stages && options.for !== undefined, 'stages have their times; leave --for out'],
    [secondsOfRun(options) > LONGEST_SECONDS, `a run takes ${LONGEST_SECONDS / 60}m at most`],
    [(cert === undefined) !== (key === undefined), '--cert and --key go together'],
    [unseen && !upstream, `${unseen?.text}: only --upstream sees what is withheld and what is altered`],
    [isClosed && late, `${late?.text}: in a closed loop no message has a time to be late for`],
  ]
  const found = faults.find(([isFault]) => isFault)
  if (found) throw usageError(found[1])
}

function secondsOfRun({ stages, for: forMs }: LoadOptions): number {
  if (stages) return secondsOf(stagesFrom(0, stages))
  return forMs === undefined ? SECONDS : forMs / 1_000
}

function modelOf(options: LoadOptions): LoadPlan['model'] {
  const { rate, stages, connections } = options
  const seconds = secondsOfRun(options)
  if (stages)
    return { kind: 'open', connections: connections ?? CONNECTIONS, stages: stagesFrom(rate ?? 0, stages) }
  if (rate === undefined && connections !== undefined) return { kind: 'closed', connections, seconds }
  const steady = { seconds, from: rate ?? RATE, to: rate ?? RATE }
  return { kind: 'open', connections: connections ?? CONNECTIONS, stages: [steady] }
}

function usualThresholds({ upstream }: LoadOptions): readonly Threshold[] {
  const texts = ['lost>0', 'failed>0', 'wrong>0', ...(upstream ? ['altered>0'] : [])]
  return texts.flatMap((text) => collectThresholds(text))
}

function targetOf(option: string, url: URL, files: LoadPlan['tls']): Target {
  if (url.username || url.password || url.search || url.hash)
    throw usageError(`${option} takes scheme, host, port and path; leave user, query and fragment out`)
  const host = bare(url.hostname)
  if (url.protocol === 'http:') return { url, address: { host, port: Number(url.port || 80) } }
  const tls = { ...files, ...(isIP(host) === 0 && { servername: host }) }
  return { url, address: { host, port: Number(url.port || 443), tls } }
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

async function tlsFiles(terminal: Terminal, options: LoadOptions): Promise<LoadPlan['tls']> {
  const files: Partial<Record<'ca' | 'cert' | 'key', Buffer>> = {}
  for (const name of ['ca', 'cert', 'key'] as const) {
    const file = options[name]
    if (file === undefined) continue
    files[name] = await readFile(resolve(terminal.workingFolder, file)).catch((error: unknown) => {
      throw usageError(`cannot read ${file} (${fileFaultText(error)}); check the path given with --${name}`)
    })
  }
  return files
}

async function judgeOf(terminal: Terminal, options: LoadOptions): Promise<Judge> {
  const config = await configOf(terminal, options)
  const catalogue = await loadCatalogue()
  const flags = { restricted: new Set(options.restricted), types: options.device ?? new Map() }
  const base = { catalogue, dccEuis: config.dccEuis, flags }
  return {
    table: await tableNamed(terminal, options, options.table ?? config.table, catalogue),
    examiners: {
      southbound: new Examiner({ ...base, direction: 'southbound' }),
      northbound: new Examiner({ ...base, direction: 'northbound' }),
      guessed: new Examiner(base),
    },
  }
}

/** Says which direction is left out, where one has no target. */
function withTarget(
  terminal: Terminal,
  messages: readonly LoadMessage[],
  targets: LoadPlan['targets'],
): readonly LoadMessage[] {
  const found = messages.filter(({ direction }) => targets[direction])
  const [leftOut] = messages.filter(({ direction }) => !targets[direction])
  const option = leftOut?.direction === 'southbound' ? '--target' : '--northbound-target'
  if (found.length === 0) throw usageError(`all messages are ${leftOut?.direction}; give ${option}`)
  if (leftOut)
    terminal.note(
      `${leftOut.direction} messages are left out: ${messages.length - found.length} of ${messages.length} in the mix; ${option} says where they go`,
    )
  return found
}

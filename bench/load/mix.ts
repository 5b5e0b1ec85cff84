/**
 * The mix file of `bench:load`: which messages, how often, for which Devices. `sample-mix.json` is one; bench/README.md
 * explains each field.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { rankAt } from '../../src/cli/load/popularity.ts'
import { SeededRandom } from '../../src/cli/load/seeded-random.ts'
import { parseEui64 } from '../../src/core/duis/eui64.ts'
import { Fleet } from '../workload/fleet.ts'
import {
  deviceAlert,
  powerOutageAlert,
  readRequest,
  serviceRequest,
  serviceResponse,
  USER_EUI,
} from '../workload/messages.ts'

const KINDS = ['request', 'read', 'response', 'device-alert', 'dcc-alert'] as const
const eui = z
  .string()
  .refine((text) => parseEui64(text) !== undefined, 'write an EUI-64 like 00-DB-12-34-56-78-90-A0')
const share = z.number().positive()
const path = z.string().startsWith('/')

const mixFile = z.strictObject({
  about: z.string().exactOptional(),
  seed: z.int().default(1),
  user: eui.default(USER_EUI),
  devices: z
    .union([z.array(eui).min(1), z.strictObject({ generated: z.int().positive() })])
    .default({ generated: 1_000 }),
  messages: z
    .array(
      z.union([
        z.strictObject({ share, kind: z.enum(KINDS), path: path.exactOptional() }),
        z.strictObject({
          share,
          file: z.string().min(1),
          direction: z.enum(['southbound', 'northbound']),
          path,
        }),
      ]),
    )
    .min(1),
})

type MixFile = z.output<typeof mixFile>
type Entry = MixFile['messages'][number]

/** The file cannot be used; the message has every problem. */
export class MixProblem extends Error {}

/** One message of a mix, ready to be given an HTTP head. */
export interface MixedMessage {
  readonly direction: 'southbound' | 'northbound'
  readonly path: string
  readonly body: Buffer
}

/** Messages in a pool; it is sent round and round. */
const POOL = 4_096
const PATHS = { southbound: '/api/v1/serviceS', northbound: '/' } as const

/** The pool that a mix file describes; the same for the same file. Throws MixProblem. */
export function readMix(file: string): MixedMessage[] {
  const read = mixFile.safeParse(jsonOf(file))
  if (!read.success)
    throw new MixProblem(`the mix file ${file} has problems:\n${z.prettifyError(read.error)}`)
  const random = new SeededRandom(read.data.seed)
  const devices = devicesOf(read.data)
  const ownFiles = new Map(filesOf(read.data).map((name) => [name, readFileSync(join(dirname(file), name))]))
  return Array.from({ length: POOL }, () => {
    const entry = random.choose(read.data.messages)
    const device = devices[rankAt(random.next(), devices.length)] ?? ''
    return 'file' in entry
      ? { direction: entry.direction, path: entry.path, body: ownFiles.get(entry.file) ?? Buffer.alloc(0) }
      : madeOf(entry, random, device, read.data.user)
  })
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new MixProblem(`the mix file ${file} cannot be read as JSON`, { cause })
  }
}

function devicesOf({ devices, seed }: MixFile): readonly string[] {
  if (!('generated' in devices)) return devices
  const fleet = new Fleet({ devices: devices.generated, restrictedShare: 0, seed })
  return Array.from({ length: devices.generated }, (_, n) => fleet.euiAt(n))
}

function filesOf({ messages }: MixFile): string[] {
  return messages.flatMap((entry) => ('file' in entry ? [entry.file] : []))
}

function madeOf(
  { kind, path }: Exclude<Entry, { file: string }>,
  random: SeededRandom,
  device: string,
  user: string,
): MixedMessage {
  const message = {
    request: () => serviceRequest(random, device),
    read: () => readRequest(random, device, 1_700),
    response: () => serviceResponse(random, device),
    'device-alert': () => deviceAlert(random, device),
    'dcc-alert': () => powerOutageAlert(random, device),
  }[kind]()
  const direction = message.target === PATHS.northbound ? 'northbound' : 'southbound'
  const body = Buffer.from(message.body.toString().replaceAll(USER_EUI, user))
  return { direction, path: path ?? PATHS[direction], body }
}

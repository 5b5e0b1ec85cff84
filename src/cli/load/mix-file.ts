/** The mix file of `duisgate load`: which messages, how often, for which Devices. docs/load.md explains each field. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { fileFaultText, readTextFile } from '../../config/text-file.ts'
import { deviceKeyOf, formatEui64, parseEui64 } from '../../core/duis/eui64.ts'
import type { Direction } from '../../core/duis/facts.ts'
import { jsonOf } from '../../core/json.ts'
import type { Verdict } from '../../core/policy/verdict.ts'
import { usageError } from '../terminal.ts'
import { KINDS, type Kind, PARTIES } from './kinds.ts'
import { rankAt } from './popularity.ts'
import { SeededRandom } from './seeded-random.ts'
import { padded, readdressed } from './template.ts'

/** A message of a mix or capture; what it does not say is undefined. */
export interface MixedMessage {
  /** For people: where it comes from. */
  readonly name: string
  readonly direction: Direction | undefined
  readonly path: string | undefined
  readonly body: Buffer
  readonly expected?: Verdict['kind'] | undefined
}

const eui = z
  .string()
  .refine((text) => parseEui64(text) !== undefined, 'write an EUI-64 like 00-DB-12-34-56-78-90-A0')
const entry = {
  share: z.number().positive(),
  path: z.string().startsWith('/').exactOptional(),
  expect: z.enum(['forward', 'reject', 'withhold', 'defer', 'refuse']).exactOptional(),
}

const mixFile = z.strictObject({
  about: z.string().exactOptional(),
  seed: z.int().default(1),
  user: eui.default(PARTIES.user),
  devices: z
    .union([z.array(eui).min(1), z.strictObject({ generated: z.int().positive().max(100_000_000) })])
    .default({ generated: 1_000 }),
  messages: z
    .array(
      z.union([
        z.strictObject({ ...entry, kind: z.enum(Object.keys(KINDS) as Kind[]) }),
        z.strictObject({
          ...entry,
          file: z.string().min(1),
          direction: z.enum(['southbound', 'northbound']),
        }),
      ]),
    )
    .min(1),
})

type MixFile = z.output<typeof mixFile>
type Entry = MixFile['messages'][number]

/** Sent where no mix is given: the traffic of the benches, as far as public samples tell it. */
const SAMPLE_MIX: z.input<typeof mixFile> = {
  messages: [
    { share: 60, kind: 'device-alert' },
    { share: 3, kind: 'dcc-alert' },
    { share: 18.5, kind: 'request' },
    { share: 17.5, kind: 'response' },
    { share: 1, kind: 'top-up' },
  ],
}

/** Messages in a pool; it is sent round and round. */
const POOL = 4_096

/** The pool that a mix file describes, the same for the same file; that of the sample mix without one. */
export async function mixIn(file: string | undefined, shownName: string): Promise<MixedMessage[]> {
  const read = mixFile.safeParse(file === undefined ? SAMPLE_MIX : await jsonIn(file, shownName))
  if (!read.success) throw usageError(`the mix ${shownName} has problems:\n${z.prettifyError(read.error)}`)
  const mix = read.data
  const random = new SeededRandom(mix.seed)
  const files = new Map<string, Buffer>()
  for (const name of filesOf(mix)) files.set(name, await bytesIn(join(dirname(file ?? ''), name), name))
  const fixtures = await fixturesOf(mix)
  return Array.from({ length: POOL }, () => {
    const chosen = random.choose(mix.messages)
    const made = 'file' in chosen ? ownMessage(chosen, files) : madeOf(chosen.kind, random, mix, fixtures)
    return {
      ...made,
      path: chosen.path ?? made.path,
      ...(chosen.expect !== undefined && { expected: chosen.expect }),
    }
  })
}

async function jsonIn(file: string, name: string): Promise<unknown> {
  const value = jsonOf(await readTextFile(file).catch((error: unknown) => cannotRead(name, error)))
  if (value === undefined) throw usageError(`the mix ${name} is no JSON`)
  return value
}

function bytesIn(file: string, name: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => cannotRead(name, error))
}

function cannotRead(name: string, error: unknown): never {
  throw usageError(`cannot read ${name} (${fileFaultText(error)}); check the path`)
}

function filesOf({ messages }: MixFile): string[] {
  return messages.flatMap((each) => ('file' in each ? [each.file] : []))
}

function ownMessage(
  { file, direction }: Extract<Entry, { file: string }>,
  files: ReadonlyMap<string, Buffer>,
): MixedMessage {
  return { name: file, direction, path: undefined, body: files.get(file) ?? Buffer.alloc(0) }
}

function madeOf(
  kind: Kind,
  random: SeededRandom,
  { devices, user }: MixFile,
  fixtures: ReadonlyMap<string, string>,
): MixedMessage {
  const { file, bytes } = random.choose(KINDS[kind])
  const count = 'generated' in devices ? devices.generated : devices.length
  const rank = rankAt(random.next(), count)
  const device = 'generated' in devices ? generatedDevice(rank) : (devices[rank] ?? '')
  const renamed = new Map([
    [PARTIES.device, device.toUpperCase()],
    [PARTIES.hub, device.toUpperCase()],
    [PARTIES.user, user.toUpperCase()],
  ])
  const text = padded(readdressed(fixtures.get(file) ?? '', renamed), random.between(...bytes))
  return {
    name: `${kind} ${device}`,
    direction: file.startsWith('southbound/') ? 'southbound' : 'northbound',
    path: undefined,
    body: Buffer.from(text),
  }
}

/** The ID of generated Device `n`, from 0: numbered on under a manufacturer's prefix. */
function generatedDevice(n: number): string {
  return formatEui64(deviceKeyOf(0x00db1234, n))
}

/** The text of every fixture that the mix makes messages of. */
async function fixturesOf({ messages }: MixFile): Promise<ReadonlyMap<string, string>> {
  const names = messages.flatMap((each) => ('file' in each ? [] : KINDS[each.kind].map(({ file }) => file)))
  const texts = new Map<string, string>()
  for (const name of new Set(names))
    texts.set(name, await readFile(new URL(`../../../fixtures/${name}`, import.meta.url), 'utf8'))
  return texts
}

/** The messages of a load run: those of a mix, or of captures, each with what must become of it. */

import { resolve } from 'node:path'
import type { Direction } from '../../core/duis/facts.ts'
import type { Table } from '../../core/policy/table.ts'
import type { Verdict } from '../../core/policy/verdict.ts'
import { systemClock } from '../../observe/clock.ts'
import type { Examiner, Reading } from '../examiner.ts'
import { messageSources } from '../message-sources.ts'
import { CAPTURE_ENDINGS, capturesInTurn } from '../replay/captures.ts'
import { pathFor } from '../replay/sender.ts'
import { type Terminal, usageError } from '../terminal.ts'
import { type MixedMessage, mixIn } from './mix-file.ts'

/** A message that is ready to be sent again and again. */
export interface LoadMessage {
  readonly name: string
  readonly direction: Direction
  readonly path: string
  readonly body: Buffer
  readonly expected: Verdict['kind']
}

/** Decides what a message must come to where its mix or capture does not say. */
export interface Judge {
  readonly examiners: Readonly<Record<Direction | 'guessed', Examiner>>
  readonly table: Table
}

/** Of captures so much is held in memory and sent round and round. */
const MOST_BYTES = 256_000_000

/** The messages of a mix (`*.json`; absent: the sample mix), or of captures: a folder, `*.ndjson` or `*.xml`. */
export async function loadMessages(
  terminal: Terminal,
  mix: string | undefined,
  judge: Judge,
): Promise<readonly LoadMessage[]> {
  const isMixFile = mix === undefined || mix.toLowerCase().endsWith('.json')
  const mixed = isMixFile
    ? await mixIn(mix && resolve(terminal.workingFolder, mix), mix ?? 'sample')
    : await captured(terminal, mix)
  const messages: LoadMessage[] = []
  const readings = new Map<Buffer, Promise<Reading>>()
  for (const message of mixed) messages.push(await judged(message, judge, readings))
  return messages
}

async function captured(terminal: Terminal, path: string): Promise<readonly MixedMessage[]> {
  const sources = await messageSources(terminal, [path], CAPTURE_ENDINGS)
  const messages: MixedMessage[] = []
  let bytes = 0
  for await (const { name, direction, path, body, verdict } of capturesInTurn(sources)) {
    bytes += body.length
    if (bytes > MOST_BYTES) {
      terminal.note(`${path} is too large to be held: its first ${messages.length} messages are sent`)
      break
    }
    messages.push({ name, direction, path, body, expected: verdict })
  }
  if (messages.length === 0) throw usageError(`there are no messages in ${path}`)
  return messages
}

/** `readings` has what was read already: a mix has the same file many times. */
async function judged(
  message: MixedMessage,
  { examiners, table }: Judge,
  readings: Map<Buffer, Promise<Reading>>,
): Promise<LoadMessage> {
  const { name, body } = message
  if (message.direction && message.path && message.expected)
    return { name, body, direction: message.direction, path: message.path, expected: message.expected }
  const examiner = examiners[message.direction ?? 'guessed']
  const read = readings.get(body) ?? examiner.read([body])
  readings.set(body, read)
  const reading = await read
  const facts = reading.result.ok ? reading.result.facts : undefined
  return {
    name,
    body,
    direction: reading.direction,
    path: message.path ?? pathFor(reading.direction, facts),
    expected: message.expected ?? examiner.decide(reading, table, systemClock.now()).verdict.kind,
  }
}

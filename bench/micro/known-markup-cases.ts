/**
 * What does it cost to read a message whose markup is known: the published templates as signed messages are, without comments,
 * and only those that are learned. The strict reader and other readers read the same messages in the same run. And the Requests
 * of the ladder as they come, known or not: learned markup must cost less than it saves.
 */
import { XMLParser } from 'fast-xml-parser'
import { SaxesParser } from 'saxes'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { type ReadingPlan, readMessage } from '../../src/core/duis/reader.ts'
import { LearnedMarkup } from '../../src/core/markup/learned-markup.ts'
import { trafficOf } from '../workload/traffic.ts'
import type { Case } from './stopwatch.ts'

export const KNOWN_MARKUP_GROUP = 'reading a message of known markup'

export const AS_THEY_COME_GROUP = 'reading Requests as they come, one of seven a tariff'
const FLEET = { devices: 1_000_000, restrictedShare: 0.02, seed: 1 }
const POOL = { name: 'requests', fleet: FLEET, seed: 1, messages: 4_096 } as const

/** Times that a message is sent before it must be known: the first is only seen. */
const LESSONS = 3

/** `decide` is what follows reading. */
export function knownMarkupCases(
  plan: ReadingPlan,
  messages: readonly Buffer[],
  decide: (facts: MessageFacts) => unknown,
): Case[] {
  const markup = new LearnedMarkup(plan, { messagesALearning: 0 })
  const plain = messages.map(withoutComments)
  for (let lesson = 0; lesson < LESSONS; lesson++) for (const message of plain) markup.read(message)
  const known = plain.filter((message) => markup.match(message))
  const bytes = known.reduce((sum, message) => sum + message.length, 0)
  const whole = { group: KNOWN_MARKUP_GROUP, pieces: known.length, bytes }
  const each = (work: (message: Buffer) => unknown) => through(known, work)
  const decided = (message: Buffer) => {
    const reading = markup.read(message)
    return reading.ok && decide(reading.facts)
  }
  return [
    { ...whole, name: 'known', run: each((one) => markup.read(one)) },
    { ...whole, name: 'known, and decided', run: each(decided) },
    { ...whole, name: 'read strictly', run: each((one) => readMessage(plan, one)) },
    { ...whole, name: 'saxes', run: each(readWithSaxes) },
    { ...whole, name: 'fast-xml-parser', run: each((one) => fastParser.parse(one)) },
    ...casesAsTheyCome(plan),
  ]
}

/** With the limits that the gateway has. */
function casesAsTheyCome(plan: ReadingPlan): Case[] {
  const markup = new LearnedMarkup(plan)
  const messages = trafficOf(POOL).map(({ message }) => message.body)
  const bytes = messages.reduce((sum, message) => sum + message.length, 0)
  const all = { group: AS_THEY_COME_GROUP, pieces: messages.length, bytes }
  return [
    { ...all, name: 'learned markup', run: through(messages, (one) => markup.read(one)) },
    { ...all, name: 'read strictly', run: through(messages, (one) => readMessage(plan, one)) },
  ]
}

function through(messages: readonly Buffer[], work: (message: Buffer) => unknown) {
  return (times: number) => {
    let last: unknown
    for (let time = 0; time < times; time++) for (const message of messages) last = work(message)
    return last
  }
}

function withoutComments(message: Buffer): Buffer {
  return Buffer.from(message.toString('latin1').replace(/<!--[\s\S]*?-->/g, ''), 'latin1')
}

function readWithSaxes(message: Buffer): void {
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw error
  })
  parser.write(message.toString()).close()
}

const fastParser = new XMLParser({ ignoreAttributes: false, parseTagValue: false })

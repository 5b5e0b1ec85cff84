/**
 * What does it cost to read a message whose markup is known: the published templates as signed messages are, without comments,
 * and only those that are learned. The strict reader and other readers read the same messages in the same run.
 */
import { XMLParser } from 'fast-xml-parser'
import { SaxesParser } from 'saxes'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { type ReadingPlan, readMessage } from '../../src/core/duis/reader.ts'
import { LearnedMarkup } from '../../src/core/markup/learned-markup.ts'
import type { Case } from './stopwatch.ts'

export const KNOWN_MARKUP_GROUP = 'reading a message of known markup'

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
  const each = (work: (message: Buffer) => unknown) => (times: number) => {
    let last: unknown
    for (let time = 0; time < times; time++) for (const message of known) last = work(message)
    return last
  }
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
  ]
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

/** Both steps at once, for whoever holds a message and what the gateway read in it. */
import type { MessageFacts } from '../core/duis/facts.ts'
import { differences } from './differences.ts'
import { readAgain } from './read-again.ts'
import type { SecondReaderOptions, SecondReading } from './second-reading.ts'
import { NoTree } from './xml-tree.ts'

/** Reads the message again and says what differs. That the second reader cannot read it is a difference too. */
export function compared(facts: MessageFacts, bytes: Uint8Array, options: SecondReaderOptions): string[] {
  let reading: SecondReading
  try {
    reading = readAgain(bytes, options)
  } catch (error) {
    if (error instanceof NoTree) return [`unreadable to the second reader: ${error.message}`]
    throw error
  }
  return differences(facts, reading)
}

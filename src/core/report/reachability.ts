/**
 * Signs that a Device cannot be reached, as far as messages that pass tell. Only signs of trouble are kept, and what was heard
 * of the same Device after them: a Device of which nothing is kept has given no cause.
 */
import type { JournalLine } from '../journal/journal-line.ts'

/** `no-wan`: the DCC has no way to it. `no-response`: the way is there, it does not answer. */
export type Trouble = 'no-wan' | 'no-response'

/** DUIS ResponseCodes: E20 communication cannot be established, E21 no response, E30 time-out of a future-dated command. */
const TROUBLE_OF_CODE: Readonly<Record<string, Trouble>> = {
  E20: 'no-wan',
  E21: 'no-response',
  E30: 'no-response',
}

/** Communications Hub Status Update: installed where there is no SM WAN. */
const INSTALLED_WITHOUT_WAN = '8.14.2'

/** The trouble that a message tells of its first Device; undefined when it tells of none. */
export function troubleIn({ kind, codes, verdict, outcome, responseCode }: JournalLine): Trouble | undefined {
  if (kind === 'service-request')
    return codes.includes(INSTALLED_WITHOUT_WAN) && verdict === 'forward' && outcome === 'forwarded'
      ? 'no-wan'
      : undefined
  return kind === 'service-response' ? TROUBLE_OF_CODE[responseCode ?? ''] : undefined
}

/** Whether the Device itself was heard: an alert of its own, or an answer that only it can have given. */
export function isSignOfLife({ kind, direction, hasData, responseCode }: JournalLine): boolean {
  if (direction !== 'northbound') return false
  return kind === 'device-alert' || (kind === 'service-response' && hasData === true && responseCode === 'I0')
}

/** What is kept of a Device in trouble. */
export interface Sighting {
  readonly trouble: Trouble | undefined
  /** When that was last said; undefined when never. */
  readonly troubleAt: number | undefined
  /** When the Device was last heard; undefined when not since the trouble began. */
  readonly heardAt: number | undefined
}

/** The trouble that is still there: nothing has been heard since. */
export function standingTrouble({ trouble, troubleAt, heardAt }: Sighting): Trouble | undefined {
  if (trouble === undefined || troubleAt === undefined) return undefined
  return heardAt !== undefined && heardAt >= troubleAt ? undefined : trouble
}

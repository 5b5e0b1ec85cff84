/**
 * What one reader found in a message and the other did not, in words without payload or values: names, codes and EUIs.
 *
 * The two must agree but for a few rules, written down here with their reasons: the first reader counts more than a message
 * says where a message contradicts itself, so that whoever misleads it gains nothing.
 */
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import type { Claim, MessageFacts } from '../core/duis/facts.ts'
import type { SecondReaderOptions, SecondReading } from './findings.ts'
import { readAgain } from './read-again.ts'
import { NoTree } from './xml-tree.ts'

/** Every difference; empty when both read the same. */
export function differences(facts: MessageFacts, reading: SecondReading): string[] {
  return [
    ...unequal('root', facts.direction === 'southbound' ? 'Request' : 'Response', reading.root),
    ...unequal('kind', facts.kind, reading.kind),
    ...unequal('data', String(facts.hasData), String(reading.hasData)),
    ...unequal('User', nameOfUser(facts.user), nameOfUser(reading.user)),
    ...foundDifferences(facts, reading),
    ...payloadDifferences(facts, reading),
  ]
}

/** One kind of thing that both readers find. */
interface Found {
  readonly what: string
  readonly first: ReadonlySet<string>
  readonly second: ReadonlySet<string>
  /** Sets of which the second reader found one and cannot say which. */
  readonly choices?: readonly (readonly string[])[]
  /** What the first may have found beyond all that; nothing when absent. */
  readonly mayBe?: (value: string) => boolean
}

/**
 * Three rules. A ServiceReference that its variant contradicts, or that has none, counts as every SRV it may stand for: nothing
 * says which. What stands for one of several (a GBCS message code, the content of an alert) need not count as more than the one
 * that the message claims otherwise, but may: the first reader reads once, and what is claimed behind comes too late for it.
 * What an element of a later version says nobody knows, so beside one the first reader may count more, never less.
 */
function foundDifferences(facts: MessageFacts, reading: SecondReading): string[] {
  const euis = (keys: Iterable<DeviceKey>) => new Set([...keys].map(formatEui64))
  const srvs = new Set([...reading.srvs, ...reading.srvsOfReferences])
  const devices = euis([...reading.devices, ...reading.devicesOfLaterFields])
  const mayBe = () => reading.laterNames.size > 0
  const { alerts, alertChoices, srvChoices, laterNames, notUnderstood } = reading
  const found: readonly Found[] = [
    { what: 'SRV', first: codesOf(facts, 'srv'), second: srvs, choices: srvChoices, mayBe },
    { what: 'alert', first: codesOf(facts, 'alert'), second: alerts, choices: alertChoices, mayBe },
    { what: 'DCC Alert', first: codesOf(facts, 'dcc-alert'), second: reading.dccAlerts, mayBe },
    {
      what: 'element',
      first: codesOf(facts, 'element'),
      second: reading.elements,
      mayBe: (name) => laterNames.has(name),
    },
    { what: 'Device', first: euis(facts.devices), second: devices, mayBe },
    { what: 'not understood', first: new Set(facts.notUnderstood), second: notUnderstood, mayBe },
  ]
  return found.flatMap((one) => [...unseenByFirst(one), ...unseenBySecond(one)])
}

function unseenByFirst({ what, first, second, choices = [] }: Found): string[] {
  const uncounted = choices.filter((choice) => !choice.some((value) => first.has(value)))
  return [
    ...missing(what, second, first, 'first'),
    ...uncounted.map((choice) => `${what} ${choice.map(shown).join(' or ')}: not seen by the first reader`),
  ]
}

function unseenBySecond({ what, first, second, choices = [], mayBe = () => false }: Found): string[] {
  const unexplained = new Set([...first].filter((value) => !mayBe(value)))
  return missing(what, unexplained, new Set([...second, ...choices.flat()]), 'second')
}

function payloadDifferences({ gbcs }: MessageFacts, { payloads: [header] }: SecondReading): string[] {
  return unequal(
    'payload header',
    gbcs && `${gbcs.messageCode} ${gbcs.cra}`,
    header && `${header.messageCode} ${header.cra}`,
  )
}

function codesOf({ claims }: MessageFacts, type: Claim['type']): Set<string> {
  return new Set(
    claims.flatMap((claim) => {
      if (claim.type !== type) return []
      if (claim.type === 'srv') return [claim.srv]
      return [claim.type === 'element' ? claim.name : claim.code]
    }),
  )
}

function nameOfUser(key: DeviceKey | undefined): string | undefined {
  return key === undefined ? undefined : formatEui64(key)
}

/** What is seen by one reader and lacking in what the other has. */
function missing(
  what: string,
  seen: ReadonlySet<string>,
  has: ReadonlySet<string>,
  lacking: 'first' | 'second',
): string[] {
  return [...seen]
    .filter((value) => !has.has(value))
    .map((value) => `${what} ${shown(value)}: not seen by the ${lacking} reader`)
}

function unequal(what: string, first: string | undefined, second: string | undefined): string[] {
  return first === second
    ? []
    : [`${what}: ${shown(first)} by the first reader, ${shown(second)} by the second`]
}

/** Codes, names and EUIs; anything else might be what nobody may log. */
function shown(text: string | undefined): string {
  if (text === undefined) return 'none'
  return /^[\p{L}\p{N}_.\- ]{1,64}$/u.test(text) ? text : '(no code)'
}

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

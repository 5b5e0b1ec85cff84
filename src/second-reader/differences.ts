/**
 * What one reader found in a message and the other did not, in words without payload or values: names, codes and EUIs.
 *
 * The two must agree but for a few rules, written down here with their reasons: the first reader counts more than a message
 * says where a message contradicts itself, so that whoever misleads it gains nothing.
 */
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import type { Claim, MessageFacts } from '../core/duis/facts.ts'
import type { SecondReading } from './second-reading.ts'

/** Every difference; empty when both read the same. */
export function differences(facts: MessageFacts, reading: SecondReading): string[] {
  const euis = (keys: Iterable<DeviceKey>) => new Set([...keys].map(formatEui64))
  return [
    ...unequal('root', facts.direction === 'southbound' ? 'Request' : 'Response', reading.root),
    ...unequal('kind', facts.kind, reading.kind),
    ...unequal('data', String(facts.hasData), String(reading.hasData)),
    ...unequal('User', nameOfUser(facts.user), nameOfUser(reading.user)),
    ...srvDifferences(facts, reading),
    ...unlike('alert', codesOf(facts, 'alert'), reading.alerts),
    ...unlike('DCC Alert', codesOf(facts, 'dcc-alert'), reading.dccAlerts),
    ...unlike('element', codesOf(facts, 'element'), reading.elements),
    ...unlike('Device', euis(facts.devices), euis([...reading.devices, ...reading.devicesOfLaterFields])),
    ...unlike('not understood', new Set(facts.notUnderstood), reading.notUnderstood),
    ...payloadDifferences(facts, reading),
  ]
}

/**
 * Two rules. A ServiceReference that its variant contradicts, or that has none, counts as every SRV it may stand for: nothing says
 * which. A GBCS message code that stands for several SRVs need not count as more than the one that the message claims otherwise,
 * but may: the first reader reads once, and what is claimed behind the payload comes too late for it.
 */
function srvDifferences(facts: MessageFacts, reading: SecondReading): string[] {
  const first = codesOf(facts, 'srv')
  const second = new Set([...reading.srvs, ...reading.srvsOfReferences])
  const possible = new Set([...second, ...reading.srvsOfMessageCodes.flat()])
  const uncounted = reading.srvsOfMessageCodes.filter((srvs) => !srvs.some((srv) => first.has(srv)))
  return [
    ...missing('SRV', second, first, 'first'),
    ...missing('SRV', first, possible, 'second'),
    ...uncounted.map(
      (srvs) => `SRV ${srvs.map(shown).join(' or ')} of a payload: not seen by the first reader`,
    ),
  ]
}

/** At most so many lines of one message are logged. */
const MAX_LINES = 20

/** The same for the log, which names no Device: each line once, with `an EUI` in place of each. */
export function withoutEuis(lines: readonly string[]): string[] {
  const bare = lines.map((line) => line.replace(/\b(?:[0-9A-F]{2}-){7}[0-9A-F]{2}\b/g, 'an EUI'))
  return [...new Set(bare)].slice(0, MAX_LINES)
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

function unlike(what: string, first: ReadonlySet<string>, second: ReadonlySet<string>): string[] {
  return [...missing(what, second, first, 'first'), ...missing(what, first, second, 'second')]
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

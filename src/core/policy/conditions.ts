/**
 * Whether a rule's conditions hold, and whether the rule then blocks.
 *
 * Three answers, not two: a condition that cannot be evaluated is `open`, and an open rule counts as its stricter
 * side. So a gas read whose Device type is unknown is treated as a gas read.
 */
import type { GbcsMessageEntry } from '../catalogue/catalogue.ts'
import type { DeviceType } from '../device/device.ts'
import type { Claim, Direction, MessageFacts } from '../duis/facts.ts'
import type { RowConditions, Rule } from './table.ts'

export type Truth = 'met' | 'unmet' | 'open'

/** The conditions on what the message claims; the Device type is not among them. No claim: what it fails to claim. */
export function holdsForMessage(when: RowConditions, facts: MessageFacts, claim: Claim | undefined): Truth {
  const { direction, commandVariant, paymentMode, logToRead } = when
  const isOnItsWay = direction === undefined || direction === directionOf(facts, claim)
  return [
    contains(commandVariant, facts.commandVariant),
    contains(paymentMode, readable(facts.paymentMode)),
    isAmong(logToRead, facts.logsToRead),
  ].reduce(both, isOnItsWay ? 'met' : 'unmet')
}

/**
 * The way that what is claimed goes. An 8.13 brings home what a Device answered to a command delivered locally: the command has
 * been carried out, so its outcome counts as going north like any other.
 */
function directionOf(facts: MessageFacts, claim: Claim | undefined): Direction {
  const isOutcome = claim?.source === 'gbcs' && facts.gbcs?.cra === 'response'
  return isOutcome && facts.claims.some(isLocalOutcome) ? 'northbound' : facts.direction
}

function isLocalOutcome(claim: Claim): boolean {
  return claim.type === 'srv' && claim.srv === '8.13'
}

/**
 * Whether the rule stops a Restricted Device of this type; absent when the inventory does not say. Message codes that are for
 * Devices of certain types settle the condition: a gas log is one whatever the Device is said to be. Where they and the
 * inventory contradict each other, the stricter counts.
 */
export function stopsType({ rule, truth, useCases }: TypedStop, type: DeviceType | undefined): boolean {
  const accepted = rule.when.deviceType
  if (accepted === undefined) return blocks(rule, truth)
  const isSettled = type === undefined && useCases.length > 0
  if (!isSettled && blocks(rule, both(truth, contains(accepted, type)))) return true
  return useCases.some(({ deviceTypes = [] }) => blocks(rule, both(truth, areAmong(accepted, deviceTypes))))
}

/** What `stopsType` looks at of a stop. */
export interface TypedStop {
  readonly rule: Rule
  readonly truth: Truth
  readonly useCases: readonly GbcsMessageEntry[]
}

/** The use cases of the message that are what the claim says, and that are for Devices of certain types. */
export function useCasesOf(
  claim: Claim | undefined,
  useCases: MessageFacts['useCases'],
): readonly GbcsMessageEntry[] {
  return useCases.filter((entry) => entry.deviceTypes !== undefined && isOf(entry, claim))
}

function isOf({ srvs, kinds }: GbcsMessageEntry, claim: Claim | undefined): boolean {
  return claim?.type === 'srv' ? srvs.includes(claim.srv) : claim?.type === 'alert' && kinds.includes('alert')
}

/** Both conditions together: one that fails decides, whatever is open beside it. */
export function both(one: Truth, other: Truth): Truth {
  if (one === 'unmet' || other === 'unmet') return 'unmet'
  return one === 'open' || other === 'open' ? 'open' : 'met'
}

/** Whether the rule stops a Restricted Device, its conditions being as `truth` says. */
export function blocks(rule: Rule, truth: Truth): boolean {
  const blocksWhenMet = rule.action !== 'pass'
  const blocksOtherwise = rule.otherwise === 'block'
  if (truth === 'open') return blocksWhenMet || blocksOtherwise
  return truth === 'met' ? blocksWhenMet : blocksOtherwise
}

/** Whether there is any message at all that the rule stops. `as-inner` does when the scheduled read cannot be told. */
export function canBlock(rule: Pick<Rule, 'action' | 'otherwise'>): boolean {
  return rule.action !== 'pass' || rule.otherwise === 'block'
}

function contains<Value>(accepted: readonly Value[] | undefined, value: Value | undefined): Truth {
  if (accepted === undefined) return 'met'
  if (value === undefined) return 'open'
  return accepted.includes(value) ? 'met' : 'unmet'
}

/** Several logs may all be there, or be what one code can stand for, so that some of them accepted leaves it open. */
function areAmong<Value>(accepted: readonly Value[], values: readonly Value[]): Truth {
  if (values.every((value) => accepted.includes(value))) return 'met'
  return values.some((value) => accepted.includes(value)) ? 'open' : 'unmet'
}

function isAmong(accepted: RowConditions['logToRead'], logs: MessageFacts['logsToRead']): Truth {
  if (accepted === undefined) return 'met'
  const isAccepted = (log: (typeof logs)[number]) => accepted.some((each) => each === log)
  if (logs.length === 0 || logs.includes('unreadable')) return 'open'
  if (logs.every(isAccepted)) return 'met'
  return logs.some(isAccepted) ? 'open' : 'unmet'
}

function readable(mode: MessageFacts['paymentMode']): 'credit' | 'prepayment' | undefined {
  return mode === 'unreadable' ? undefined : mode
}

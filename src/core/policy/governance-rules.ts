/**
 * The rules by which a table comes into force: why a proposal or a decision on one is refused, and what to do about it.
 * docs/governance.md lists the same rules, and a test compares the two.
 */

import type { Instant } from '../device/device.ts'
import { DAY_MS, MINUTE_MS } from '../device/durations.ts'
import type { Actor } from '../restriction/party.ts'
import type { RuleText } from '../restriction/refusal.ts'
import { keptText, untypedIn } from '../restriction/typed-text.ts'
import { isApproved, type TableProposal } from './table-proposal.ts'

export const TABLE_RULES = {
  'table-role': {
    text: 'This role may not propose or decide on tables.',
    whatToDo: 'Ask DSP operations.',
  },
  'reason-missing': {
    text: 'The reason is missing, has more than 500 characters, or one that nobody types.',
    whatToDo:
      'Say in a sentence why, for example “Change Board 2027-04: 4.18 no longer reveals consumption”.',
  },
  'table-has-problems': {
    text: 'The table has problems.',
    whatToDo: 'Run duisgate check --table FILE, mend what it lists and propose again.',
  },
  'never-blocked-lost': {
    text: 'The table takes codes out of the classes that are never blocked.',
    whatToDo: 'Put each code back into a row of the class it had.',
  },
  'tests-missing': {
    text: 'The table comes without unit tests.',
    whatToDo: 'Hand in a file of unit tests with it; docs/policy-table.md shows one.',
  },
  'tests-unreadable': {
    text: 'The unit tests cannot be read.',
    whatToDo: 'Run duisgate check --table FILE with the tests beside it, and mend what it lists.',
  },
  'tests-fail': {
    text: 'Unit tests of the table fail.',
    whatToDo: 'Mend the table, or the test that no longer says what is meant, and propose again.',
  },
  'nothing-changes': {
    text: 'That revision is in force at that time already.',
    whatToDo: 'Nothing has to be done.',
  },
  'table-in-the-past': {
    text: 'The effective time is past.',
    whatToDo: 'Leave it out for as soon as it is approved, or give a later one.',
  },
  'table-too-far-ahead': {
    text: 'The effective time is more than 366 days ahead.',
    whatToDo: 'Choose an earlier time.',
  },
  'unknown-revision': {
    text: 'No table of that revision is kept here.',
    whatToDo: 'Look at the history for the revisions there are.',
  },
  'never-in-force': {
    text: 'That revision was never in force here, so there is nothing to roll back to.',
    whatToDo: 'Propose it as a change.',
  },
  'unknown-proposal': {
    text: 'There is no such proposal.',
    whatToDo: 'Look at the list of proposals.',
  },
  'same-person': {
    text: 'Whoever proposed a table may not approve it.',
    whatToDo: 'Have another person with the role operations look at it and approve it.',
  },
  'proposal-decided': {
    text: 'The proposal has been decided on already.',
    whatToDo: 'Propose the table again if it is still wanted.',
  },
  'basis-changed': {
    text: 'Another table has come into force, or been scheduled, since this one was proposed.',
    whatToDo: 'Look at the difference between the two, take over what is to stay, and propose again.',
  },
  'too-late-to-withdraw': {
    text: 'The table is in force, or will be within a minute.',
    whatToDo: 'Propose a roll-back to the one before.',
  },
} as const satisfies Record<string, RuleText>

export type TableRuleId = keyof typeof TABLE_RULES

/** A rule that stands against a request, in its own words. */
export interface TableRefusal extends RuleText {
  readonly rule: TableRuleId
}

export function refuseTable(rule: TableRuleId): TableRefusal {
  return { rule, ...TABLE_RULES[rule] }
}

const REASON_CHARACTERS = 500

/** Of a table, and of its unit tests: a dozen times those that are shipped. */
export const TABLE_CHARACTERS = 262_144
const AHEAD_MS = 366 * DAY_MS

/** A gateway that is cut off for longer than this may miss a withdrawal, and switches until it hears of it. */
const WITHDRAWAL_MS = MINUTE_MS

/** What is wrong with the reason and the time of a proposal. */
export function judgeTerms(reason: string, from: Instant | undefined, now: Instant): readonly TableRefusal[] {
  const refusals: TableRefusal[] = []
  if (!isReason(reason)) refusals.push(refuseTable('reason-missing'))
  if (from !== undefined && from < now) refusals.push(refuseTable('table-in-the-past'))
  if (from !== undefined && from > now + AHEAD_MS) refusals.push(refuseTable('table-too-far-ahead'))
  return refusals
}

function isReason(text: string): boolean {
  const { length } = keptText(text)
  return untypedIn(text) === undefined && length > 0 && length <= REASON_CHARACTERS
}

/** What stands against approving: `basis` is the revision that would be in force at its time without it. */
export function judgeApproval(
  proposal: TableProposal,
  actor: Actor,
  basis: string | undefined,
): readonly TableRefusal[] {
  if (proposal.state !== 'proposed') return [refuseTable('proposal-decided')]
  const refusals: TableRefusal[] = []
  if (isSamePerson(proposal.proposedBy, actor)) refusals.push(refuseTable('same-person'))
  if (basis === proposal.revision) refusals.push(refuseTable('nothing-changes'))
  // A roll-back says what is to be in force whatever is; a change was drawn up against what it knew.
  else if (proposal.kind === 'change' && basis !== proposal.basis) refusals.push(refuseTable('basis-changed'))
  return refusals
}

/** What stands against rejecting it, or withdrawing it once it is approved. One person may: what is in force stays. */
export function judgeRejection(
  proposal: TableProposal,
  reason: string,
  now: Instant,
): readonly TableRefusal[] {
  const refusals = isReason(reason) ? [] : [refuseTable('reason-missing')]
  if (proposal.state === 'rejected' || proposal.state === 'withdrawn')
    return [...refusals, refuseTable('proposal-decided')]
  if (isApproved(proposal) && proposal.inForceAt < now + WITHDRAWAL_MS)
    return [...refusals, refuseTable('too-late-to-withdraw')]
  return refusals
}

/** People are told apart by party and name; under another role the same person is the same. */
export function isSamePerson(one: Actor, other: Actor): boolean {
  return one.party === other.party && normal(one.name) === normal(other.name)
}

/** Nobody becomes another person by writing the name otherwise. */
function normal(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}

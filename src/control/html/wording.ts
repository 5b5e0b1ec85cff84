/** The words of the page for what the code names: roles, states, steps, reasons, tasks, classes of rows. */
import type { Direction } from '../../core/duis/facts.ts'
import type { JournalRecord } from '../../core/journal/journal-record.ts'
import type { NoticeKind, NoticeState } from '../../core/notice/notice.ts'
import type { RowClass } from '../../core/policy/row-class.ts'
import type { Role } from '../../core/restriction/party.ts'
import type { ArsStep, ClearReason } from '../../core/restriction/requests.ts'
import type { Fuel, RestrictionState, TaskKind } from '../../core/restriction/restriction.ts'
import type { TagColour } from './notices.ts'

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  supplier: 'Supplier',
  'network-operator': 'Network Operator',
  'service-centre': 'DCC Service Centre',
  csp: 'Communications Service Provider',
  operations: 'DSP operations',
  auditor: 'Auditor',
}

export const FUEL_NAMES: Readonly<Record<Fuel, string>> = { electricity: 'Electricity', gas: 'Gas' }

/** What a state is called, and the colour of its tag. */
export const STATE_TAGS: Readonly<Record<RestrictionState, readonly [string, TagColour]>> = {
  scheduled: ['Will be Restricted', 'yellow'],
  effective: ['Restricted', 'red'],
  cleared: ['Cleared', 'green'],
  closed: ['Closed', 'grey'],
}

export const STEP_WORDS: Readonly<Record<ArsStep, string>> = {
  'advice-given': 'We explained what a smart meter does and what is lost without it',
  'alternatives-offered': 'We offered alternatives, such as less frequent reads',
  'visit-offered': 'We offered a visit or a call',
  'consent-options-explained': 'We explained the choices over how often data are read',
}

export const CLEAR_REASON_WORDS: Readonly<Record<ClearReason, string>> = {
  'consumer-request': 'The consumer asks for smart services again',
  'change-of-tenancy': 'Somebody else lives there now',
  'change-of-supplier': 'The meter point came to us and the consumer wants smart services',
  prepayment: 'The meter moves to prepayment',
  'meter-exchange': 'The meter is exchanged',
  'set-in-error': 'The flag was set in error',
  other: 'Another reason',
}

export const TASK_WORDS: Readonly<Record<TaskKind, { readonly title: string; readonly why: string }>> = {
  're-confirm': {
    title: 'Confirm the flag',
    why: 'You became the Supplier of this meter point while it was Restricted. The flag stays until you decide.',
  },
  'review-tenancy': {
    title: 'Review after a change of tenancy',
    why: 'Somebody else may live there now, and did not choose the flag. Decide whether it stays.',
  },
  'prepayment-conflict': {
    title: 'Check the payment mode',
    why: 'Prepayment traffic of this Restricted meter was seen. The flag is for credit customers only.',
  },
  'lost-change': {
    title: 'Make a change again',
    why: 'A change that was confirmed to you is lost: the store of flags had to be put back to an earlier time. Look at the meter as it is now, and set or clear the flag again if that is still right.',
  },
}

/** What a notice says, in words. */
export const NOTICE_WORDS: Readonly<Record<NoticeKind, string>> = {
  set: 'The flag was set',
  cleared: 'The flag was cleared',
  effective: 'What was announced has taken effect',
  'hub-changed': 'The hub or its region changed',
  'no-longer-yours': 'The Device is in another region now',
  closed: 'The flag was closed: the meter was decommissioned',
  're-confirm': 'Confirm the flag',
  'review-tenancy': 'Review after a change of tenancy',
  'prepayment-conflict': 'Check the payment mode',
  'lost-change': 'Make a change again',
  'schedule-goes-dark': 'A schedule goes dark',
  digest: 'Digest of the Restricted Devices',
}

/** Whether a notice was delivered, and the colour of its tag. */
export const NOTICE_STATE_TAGS: Readonly<Record<NoticeState, readonly [string, TagColour]>> = {
  waiting: ['Waiting', 'yellow'],
  delivered: ['Delivered', 'green'],
  dead: ['Given up', 'red'],
  pull: ['To be fetched', 'grey'],
}

/** A class of rows as energy staff would name it. */
export const CLASS_WORDS: Readonly<Record<RowClass, string>> = {
  install: 'Installing and commissioning',
  credentials: 'Security credentials',
  firmware: 'Firmware',
  supply: 'Supply on, off and outages',
  safety: 'Safety',
  security: 'Security and tampering',
  'top-up': 'Prepayment top-ups',
  consumption: 'Consumption',
  billing: 'Billing',
  behaviour: 'Household behaviour',
  prepayment: 'Prepayment values',
  schedule: 'Schedules',
  configuration: 'Configuration',
  'customer-message': 'Messages to the customer',
  inventory: 'Inventory',
  diagnostics: 'Diagnostics',
  network: 'Network data',
  'load-control': 'Load control',
  'command-outcome': 'Outcomes of commands',
  han: 'Home Area Network',
  dcc: 'DCC notices',
}

/** Entries of the audit about flags; one that is not here is shown by its name. */
export const ACTION_WORDS: Readonly<Record<string, string>> = {
  'restriction.set': 'The flag was set',
  'restriction.changed': 'The flag was changed',
  'restriction.cleared': 'The flag was cleared',
  'restriction.closed': 'The flag was closed',
  'restriction.refused': 'A request was refused',
  'restriction.clear-taken-back': 'A clear that was to come was taken back',
  'restriction.decommission-seen': 'A decommissioning of the meter was seen',
  'restriction.handed-over': 'The flag passed to the next Supplier',
  'restriction.members': 'Its Devices changed, for example by a hub swap',
  'registrations.imported': 'Registrations were imported',
  'restriction.looked-up': 'Somebody looked at it',
  'task.created': 'A task was made for the Supplier',
  'task.done': 'A task was answered',
  'tenancy.noticed': 'A change of tenancy was noticed',
  'meter-points.fetched': 'The feed of Restricted meter points was fetched',
  'audit.verified': 'The whole trail was checked',
  'audit.looked-up': 'The audit of it was looked at',
  'notice.resent': 'A notice was sent again',
  'incident.recorded': 'An incident was recorded',
  'table.proposed': 'A list was proposed',
  'table.approved': 'A list was approved',
  'table.rejected': 'A list was rejected',
  'table.withdrawn': 'An approved list was withdrawn before its time',
  'table.refused': 'A proposal of a list, or a decision on one, was refused',
  'session.opened': 'Signed in',
  'session.closed': 'Signed out',
  'session.refused': 'Was not let in after signing in at the provider',
  'token.made': 'Made an access token',
  'token.revoked': 'Revoked an access token',
  'access.denied': 'Access was denied',
}

type WordsFor<Value extends string | undefined> = Readonly<Record<Exclude<Value, undefined>, string>>

const JOURNAL_WORDS = {
  direction: {
    southbound: 'From a Service User to the DSP',
    northbound: 'From the DSP to a Service User',
  } satisfies WordsFor<Direction>,
  kind: {
    'service-request': 'Service Request',
    'service-response': 'Service Response',
    'device-alert': 'Device Alert',
    'dcc-alert': 'DCC Alert',
    unreadable: 'Unreadable',
  } satisfies WordsFor<JournalRecord['kind']>,
  verdict: {
    forward: 'Forward',
    reject: 'Reject',
    withhold: 'Withhold',
    defer: 'Have it sent again later',
    refuse: 'Refuse',
  } satisfies WordsFor<JournalRecord['verdict']>,
  outcome: {
    forwarded: 'Forwarded',
    rejected: 'Rejected',
    withheld: 'Withheld',
    refused: 'Refused',
    deferred: 'The sender was told to send it again later',
    'upstream-failed': 'The next system did not take it',
    'client-gone': 'The sender left before it was whole',
  } satisfies WordsFor<JournalRecord['outcome']>,
}

const JOURNAL_WORDS_BY_FIELD: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(JOURNAL_WORDS).map(([field, words]) => [field, new Map(Object.entries(words))]),
)

/** What a field of the journal's line says; a value that has no words stays as it is. */
export function journalWords(field: string, value: string): string {
  return JOURNAL_WORDS_BY_FIELD.get(field)?.get(value) ?? value
}

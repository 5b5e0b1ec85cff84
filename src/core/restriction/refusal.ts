/**
 * The rules of change by name: why a request about the flag was refused, and what to do about it. docs/flag-life.md
 * lists the same rules, and a test compares the two.
 *
 * A refusal is a value. It goes to whoever asked and into the audit; it never names another Supplier.
 */

export interface RuleText {
  /** What is wrong, in a sentence for whoever asked. */
  readonly text: string
  readonly whatToDo: string
}

export const RULES = {
  'role-not-allowed': {
    text: 'This role may not do that.',
    whatToDo: 'Ask the Responsible Supplier, or the DCC Service Centre.',
  },
  'not-visible': {
    text: 'The flag of this meter point or Device is not yours to see.',
    whatToDo: 'Check the number; you see what you supply, distribute or connect.',
  },
  'not-responsible': {
    text: 'This is not your meter point: you are not its Responsible Supplier.',
    whatToDo:
      'Check the number. If you are gaining the meter point, ask for a time after your registration starts.',
  },
  'not-responsible-then': {
    text: 'You supply this meter point, but not at the time asked for.',
    whatToDo: 'Choose a time within your registration.',
  },
  'cross-fuel': {
    text: 'You supply the other fuel here; each Supplier decides for its own meter.',
    whatToDo: 'Give the number of the meter point you supply.',
  },
  'no-supplier': {
    text: 'No Responsible Supplier is registered for this meter point at the time asked for.',
    whatToDo: 'Check the number and the time; registration data may still be on their way.',
  },
  'on-behalf-missing': {
    text: 'The Service Centre acts only for a Supplier that it names.',
    whatToDo: 'Name the Responsible Supplier you act for.',
  },
  'on-behalf-not-allowed': {
    text: 'Only the Service Centre acts for another party.',
    whatToDo: 'Leave the party out; you act for yourself.',
  },
  'on-behalf-not-supplier': {
    text: 'The party named is not a Supplier that this system knows.',
    whatToDo: 'Check the ID of the party.',
  },
  'on-behalf-not-responsible': {
    text: 'The Supplier named is not responsible for this meter point at the time asked for.',
    whatToDo: 'Verify with the caller which Supplier it is and which meter point it means.',
  },
  'ticket-missing': {
    text: 'The Service Centre acts on a ticket, and its number is missing or not one.',
    whatToDo: 'Give the ticket number: 3 to 40 letters, digits and hyphens, for example INC-204711.',
  },
  'nothing-named': {
    text: 'The request names neither a meter point nor a Device.',
    whatToDo: 'Give an MPAN, an MPRN or the Device ID of the meter.',
  },
  'mpxn-invalid': {
    text: 'This is not a meter point number.',
    whatToDo: 'Give the 13 digits of the MPAN or the 6 to 10 digits of the MPRN.',
  },
  'unknown-meter-point': {
    text: 'The inventory has no Device of this meter point.',
    whatToDo: 'Check the number, or give the Device ID of the meter.',
  },
  'no-meter': {
    text: 'The inventory has no meter for this meter point.',
    whatToDo: 'Give the Device ID of the meter, or wait until it is installed.',
  },
  'unknown-device': {
    text: 'The inventory does not know this Device.',
    whatToDo:
      'Check the Device ID, or give the MPAN or MPRN. The Service Centre can restrict it all the same.',
  },
  'device-without-meter-point': {
    text: 'The inventory has no meter point for this Device, so nobody can be shown to be responsible.',
    whatToDo: 'Have the inventory put right, or ask the Service Centre, which can restrict it all the same.',
  },
  'device-elsewhere': {
    text: 'The Device does not belong to the meter point.',
    whatToDo: 'Give only one of the two, or check both.',
  },
  'hub-never-restricted': {
    text: 'A Communications Hub is never restricted: it also carries what must flow.',
    whatToDo: 'Give the meter point or the Device ID of the meter.',
  },
  'not-a-meter': {
    text: 'Only a meter or a Gas Proxy Function can be restricted.',
    whatToDo: 'Give the meter point or the Device ID of the meter.',
  },
  'fuel-missing': {
    text: 'The inventory does not know this Device, so the fuel has to be given.',
    whatToDo: 'Say whether the meter is for electricity or for gas.',
  },
  'generation-not-enabled': {
    text: 'Meters of this SMETS generation cannot be restricted here.',
    whatToDo: 'Ask DSP operations whether this is to change.',
  },
  'meter-gone': {
    text: 'The meter is Decommissioned or Withdrawn; its flag is closed and no new one is set.',
    whatToDo: 'Restrict the meter that replaced it once the inventory has it.',
  },
  'steps-missing': {
    text: 'The declaration names no reasonable step that was taken, or one that is not on the list.',
    whatToDo: 'Tick at least one step that was taken before this request.',
  },
  'preference-date': {
    text: "The day on which the consumer's preference was recorded is missing, not a date, or in the future.",
    whatToDo: 'Give the day as year-month-day, today at the latest.',
  },
  'evidence-missing': {
    text: 'The declaration has no evidence reference, or one of more than 200 characters.',
    whatToDo: 'Give your own reference to the evidence, for example CASE-4711.',
  },
  'reference-too-long': {
    text: 'The reference has more than 200 characters.',
    whatToDo: 'Give a shorter reference, for example CASE-4711.',
  },
  'personal-data': {
    text: 'A reference looks as if it held personal data: an e-mail address, a phone or a meter point number.',
    whatToDo: 'Give a reference of your own that says nothing about the consumer, for example CASE-4711.',
  },
  'text-untyped': {
    text: 'A text holds a character that nobody types: a control or an unassigned one, or one that turns the direction of the line.',
    whatToDo: 'Type it again, or paste it as plain text.',
  },
  'last-resort-not-confirmed': {
    text: 'The flag is a last resort, and that has not been confirmed.',
    whatToDo: 'Confirm that the alternatives were offered and turned down.',
  },
  'credit-mode-not-confirmed': {
    text: 'The flag is for credit customers only, and credit mode has not been confirmed.',
    whatToDo: 'Confirm that the meter is in credit mode; a prepayment meter is not restricted.',
  },
  'in-the-past': {
    text: 'The time asked for is past; a change takes effect now or later.',
    whatToDo: 'Leave the time out for now, or give a later one.',
  },
  'too-far-ahead': {
    text: 'The time asked for is more than 90 days ahead.',
    whatToDo: 'Choose an earlier time.',
  },
  'version-changed': {
    text: 'The flag has changed since you looked at it.',
    whatToDo: 'Look at it again and repeat the request if it still holds.',
  },
  'not-restricted': {
    text: 'There is no flag to clear.',
    whatToDo: 'Check the number; nothing has to be done if reads already pass.',
  },
  'flag-closed': {
    text: 'The flag was closed because the meter was decommissioned.',
    whatToDo: 'Nothing has to be done.',
  },
  'clear-reason': {
    text: 'A clear needs a reason from the list.',
    whatToDo:
      'Choose one of: consumer-request, change-of-tenancy, change-of-supplier, prepayment, meter-exchange, set-in-error, other.',
  },
  'clear-reference-missing': {
    text: 'A clear needs a reference of your own.',
    whatToDo: 'Give your reference to the instruction, for example CASE-4712.',
  },
  'registration-wrong': {
    text: 'A registration has a meter point number that is none, or ends before it starts.',
    whatToDo: 'Mend the rows named and import again; nothing was imported.',
  },
  'unknown-task': {
    text: 'There is no such task among yours.',
    whatToDo: 'Look at your list of tasks.',
  },
  'task-done': {
    text: 'The task is done already.',
    whatToDo: 'Nothing has to be done; the flag itself can be cleared at any time.',
  },
  'outcome-not-offered': {
    text: 'This task does not offer that outcome.',
    whatToDo: 'Choose keep or review, or clear the flag itself; clear-after is for a change of tenancy.',
  },
  'delay-out-of-range': {
    text: 'The delay is not a whole number of days from 0 to 90.',
    whatToDo: 'Give the number of days after which the flag is to be cleared.',
  },
} as const satisfies Record<string, RuleText>

export type RuleId = keyof typeof RULES

export interface Refusal extends RuleText {
  readonly rule: RuleId
}

/** A refusal under a rule, in the rule's own words or in words that name the particulars. */
export function refuse(rule: RuleId, particulars: Partial<RuleText> = {}): Refusal {
  return { rule, ...RULES[rule], ...particulars }
}

/** Said beside a request that goes through. */
export const WARNINGS = {
  'not-commissioned':
    'The meter is not Commissioned. The flag holds all the same; normally it is set once installation is complete.',
  'prepayment-seen':
    'Prepayment traffic of this meter was seen. The flag is for credit customers: check the payment mode.',
  'unknown-device':
    'The inventory does not know this Device or its meter point. Only the Device named is restricted.',
  'no-gas-proxy':
    'The inventory has no Gas Proxy Function for this gas meter. It joins as soon as the inventory or a hub swap names it.',
  'supplier-changes':
    'Another Supplier is registered from a later date. The flag stays, and that Supplier will be asked to confirm it.',
} as const

export type WarningId = keyof typeof WARNINGS

export interface Warning {
  readonly warning: WarningId
  readonly text: string
}

export function warn(warning: WarningId): Warning {
  return { warning, text: WARNINGS[warning] }
}

/** What every request about the flag answers when it is refused; `refusals` has at least one. */
export interface Refused {
  readonly ok: false
  readonly refusals: readonly Refusal[]
  readonly warnings: readonly Warning[]
}

export function refused(refusals: readonly Refusal[], warnings: readonly Warning[] = []): Refused {
  return { ok: false, refusals, warnings }
}

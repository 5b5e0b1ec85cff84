/** Setting a flag: the declaration, the check before it is sent, the receipt. */
import type { Instant } from '../../../core/device/device.ts'
import { formatEui64 } from '../../../core/duis/eui64.ts'
import type { PlainLine, StopsAndStays } from '../../../core/restriction/plain-words.ts'
import { ARS_STEPS } from '../../../core/restriction/requests.ts'
import type { InventoryDevice, RestrictionRecord } from '../../../core/restriction/restriction.ts'
import type { DarkSchedule } from '../../../core/restriction/schedule.ts'
import type { FlagView } from '../../../restrictions/views.ts'
import { addressOf, type SetAnswers, type Subject, titleOf } from '../forms/set-answers.ts'
import { isoDate } from '../forms/when.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { checkboxes, radios } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { dateField, textField } from '../parts/fields.ts'
import { dataTable, type Fact, summaryList } from '../parts/lists.ts'
import { confirmationPanel, submitButton, tag, warningText } from '../parts/notices.ts'
import type { Problem } from '../parts/problems.ts'
import { dayText, timeOf } from '../parts/times.ts'
import { FUEL_NAMES, STEP_WORDS } from '../wording.ts'
import { onBehalfFields, type SupplierOption, whenFields } from './change-fields.ts'
import { liveStatus } from './flag-status.ts'

export interface RestrictForm {
  readonly visitor: Visitor
  readonly subject: Subject
  /** This form's own address. */
  readonly action: string
  readonly answers: SetAnswers
  readonly suppliers: readonly SupplierOption[]
  /** The inventory does not know the Device, so the form has to ask. */
  readonly asksFuel: boolean
  readonly problems?: readonly Problem[]
}

export function restrictForm(form: RestrictForm): Html {
  const { visitor, subject, action, answers, problems = [] } = form
  return page({
    title: 'Restrict this meter',
    caption: titleOf(subject),
    visitor,
    section: 'search',
    back: addressOf(subject),
    problems,
    content: html`<p class="govuk-body">Use this only when the consumer has refused smart functions and nothing else met the wish. Nothing is changed until you have checked your answers.</p>
${formTo(
  visitor,
  action,
  html`${onBehalfFields(visitor, form.suppliers, answers, problems)}${form.asksFuel ? fuelField(answers, problems) : NOTHING}
<h2 class="govuk-heading-m">All reasonable steps</h2>${declarationFields(visitor, answers, problems)}
<h2 class="govuk-heading-m">When it starts</h2>${whenFields('When should the meter be Restricted?', answers.when, problems)}
${submitButton('Continue')}`,
)}`,
  })
}

function declarationFields({ role }: Visitor, answers: SetAnswers, problems: readonly Problem[]): Html {
  return html`${checkboxes({
    id: 'steps',
    label: `Which steps did ${role === 'service-centre' ? 'the Supplier' : 'you'} take before this request?`,
    hint: 'Tick all that apply.',
    chosen: answers.steps,
    choices: ARS_STEPS.map((step) => ({ value: step, text: STEP_WORDS[step] })),
    problems,
  })}${dateField({
    id: 'date',
    label: 'When was the consumer’s preference recorded?',
    hint: 'For example 23 11 2026',
    value: answers.date,
    problems,
  })}${textField({
    id: 'evidence',
    label: 'Reference to your evidence',
    hint: 'Your own reference, for example CASE-4711. No name, address, e-mail, phone or meter point number.',
    value: answers.evidence,
    width: 30,
    problems,
  })}${textField({
    id: 'reference',
    label: 'Reference to the consumer’s request (optional)',
    hint: 'Your own reference, without personal data.',
    value: answers.reference,
    width: 30,
    problems,
  })}${checkboxes({
    id: 'isLastResort',
    label: 'Last resort',
    chosen: answers.isLastResort ? ['yes'] : [],
    choices: [{ value: 'yes', text: 'This is a last resort: the alternatives were offered and turned down' }],
    problems,
  })}${checkboxes({
    id: 'isCreditMode',
    label: 'Payment mode',
    chosen: answers.isCreditMode ? ['yes'] : [],
    choices: [{ value: 'yes', text: 'The meter is in credit mode' }],
    problems,
  })}`
}

function fuelField(answers: SetAnswers, problems: readonly Problem[]): Html {
  return radios({
    id: 'fuel',
    label: 'Which fuel does the meter measure?',
    hint: 'The inventory does not know this Device.',
    chosen: [answers.fuel],
    choices: (['electricity', 'gas'] as const).map((fuel) => ({ value: fuel, text: FUEL_NAMES[fuel] })),
    problems,
  })
}

export interface RestrictCheck {
  readonly visitor: Visitor
  readonly subject: Subject
  /** Where the form is sent, and where it is changed. */
  readonly action: string
  readonly changeHref: string
  readonly answers: SetAnswers
  /** Undefined for now. */
  readonly from: Instant | undefined
  readonly onBehalfOf: string | undefined
  readonly members: readonly Pick<InventoryDevice, 'key' | 'type'>[]
  readonly effects: StopsAndStays
  readonly schedules: readonly DarkSchedule[]
  readonly warnings: readonly string[]
}

export function restrictCheck(check: RestrictCheck): Html {
  const { visitor, subject, action, changeHref, effects } = check
  return page({
    title: 'Check before you restrict this meter',
    caption: titleOf(subject),
    visitor,
    section: 'search',
    back: changeHref,
    content: html`${check.warnings.map((text) => warningText(text))}
<h2 class="govuk-heading-m">What changes</h2>
${stopsAndStays(effects)}
<h2 class="govuk-heading-m">Your answers</h2>
${summaryList(answerFacts(check))}
<h2 class="govuk-heading-m">Devices that will be Restricted</h2>
<ul class="govuk-list govuk-list--bullet">${check.members.map(
      ({ key, type }) =>
        html`<li><span class="dg-id">${formatEui64(key)}</span>${type ? ` (${type})` : ''}</li>`,
    )}</ul>
${darkSchedules(check.schedules)}
${formTo(visitor, action, submitButton('Restrict this meter', 'warning'))}`,
  })
}

function answerFacts({ answers, changeHref, from, onBehalfOf }: RestrictCheck): readonly (Fact | false)[] {
  const change = (field: string, what: string) => ({ href: `${changeHref}#${field}`, what })
  const steps = ARS_STEPS.filter((step) => answers.steps.includes(step))
  return [
    onBehalfOf !== undefined && {
      name: 'Acting for',
      value: `${onBehalfOf}, ticket ${answers.ticket}`,
      change: change('onBehalfOf', 'whom you act for'),
    },
    {
      name: 'Steps taken',
      value: html`<ul class="govuk-list">${steps.map((step) => html`<li>${STEP_WORDS[step]}</li>`)}</ul>`,
      change: change('steps', 'the steps taken'),
    },
    {
      name: 'Preference recorded',
      value: dayText(isoDate(answers.date)),
      change: change('date', 'the day the preference was recorded'),
    },
    { name: 'Evidence', value: answers.evidence, change: change('evidence', 'the evidence reference') },
    {
      name: 'Request reference',
      value: answers.reference || 'None given',
      change: change('reference', 'the request reference'),
    },
    {
      name: 'Last resort',
      value: 'Confirmed',
      change: change('isLastResort', 'the last resort confirmation'),
    },
    {
      name: 'Credit mode',
      value: 'Confirmed',
      change: change('isCreditMode', 'the payment mode confirmation'),
    },
    {
      name: 'Starts',
      value: from === undefined ? 'Now' : timeOf(from),
      change: change('when', 'when it starts'),
    },
  ]
}

/** In plain words what a set flag means, two columns where there is room. */
function stopsAndStays({ stops, stays, notes }: StopsAndStays): Html {
  return html`<div class="dg-two">
<section aria-labelledby="stops"><h3 class="govuk-heading-s" id="stops">${tag('Stops', 'red')} while the flag is set</h3>${lines(stops)}</section>
<section aria-labelledby="stays"><h3 class="govuk-heading-s" id="stays">${tag('Stays', 'green')} as it is</h3>${lines(stays)}</section>
</div>
<ul class="govuk-list govuk-list--bullet">${notes.map((note) => html`<li>${note}</li>`)}</ul>`
}

function lines(all: readonly PlainLine[]): Html {
  if (all.length === 0) return html`<p class="govuk-body">Nothing.</p>`
  return html`<ul class="govuk-list govuk-list--bullet">${all.map(({ text }) => html`<li>${text}</li>`)}</ul>`
}

/** What the owner of each may do about it; nothing where there is none. */
function darkSchedules(schedules: readonly DarkSchedule[]): Html {
  if (schedules.length === 0) return NOTHING
  return html`<h2 class="govuk-heading-m" id="schedules">Schedules that go dark</h2>
<p class="govuk-body">Their answers are destroyed while the flag is set. Each is its owner’s to delete; owners are told.</p>
${dataTable({
  caption: 'Live schedules of these Devices',
  isCaptionHidden: true,
  head: ['Schedule', 'Reads', 'Device', 'Owner'],
  whenEmpty: '',
  rows: schedules.map(({ id, srvs, device, owner, party }) => [
    id,
    srvs.join(', ') || 'Not known',
    html`<span class="dg-id">${formatEui64(device)}</span>`,
    party ?? html`<span class="dg-id">${formatEui64(owner)}</span>`,
  ]),
})}`
}

export interface Receipt {
  readonly visitor: Visitor
  readonly flag: FlagView
  readonly here: string
  /** The change that the receipt is for. */
  readonly change: 'set' | 'clear'
  /** That go dark; none after a clear. */
  readonly schedules: readonly DarkSchedule[]
  readonly now: Instant
}

/** The page after a change: the receipt, how far it has come, what happens next. */
export function receiptPage(receipt: Receipt): Html {
  const { visitor, flag, here, change, now } = receipt
  const isSet = change === 'set'
  const at = isSet ? flag.from : (flag.until ?? now)
  const isLater = at > now
  const done = isSet ? 'Restricted' : 'no longer Restricted'
  const title = `The meter ${isLater ? 'will be' : 'is'} ${done}`
  return page({
    title,
    visitor,
    section: 'search',
    ownHeading: true,
    content: html`${confirmationPanel(title, html`Receipt<br><strong>${flag.id}</strong>`)}
<p class="govuk-body">${isLater ? 'From' : 'Since'} ${timeOf(at)}.</p>
${liveStatus(flag, here)}
${darkSchedules(receipt.schedules)}
<h2 class="govuk-heading-m">What happens next</h2>
<ul class="govuk-list govuk-list--bullet">${(isSet ? AFTER_SET : AFTER_CLEAR).map((text) => html`<li>${text}</li>`)}</ul>
<p class="govuk-body"><a class="govuk-link" href="${meterAddress(flag)}">See the meter</a></p>
<p class="govuk-body"><a class="govuk-link" href="/search">Find another meter</a></p>`,
  })
}

const AFTER_SET = [
  'Whoever asks for readings of this meter is answered at once that they are refused.',
  'Safety, security and supply Alerts and firmware updates go on as before.',
  'Delete schedules that read this meter: their answers are destroyed.',
  'You can clear the flag at any time.',
]

const AFTER_CLEAR = [
  'Readings and Alerts of this meter pass again. What was stopped meanwhile does not come later.',
  'Schedules that were deleted do not come back by themselves.',
]

/** The page of the meter that a flag is held for. */
export function meterAddress({ mpxn, meter }: Pick<RestrictionRecord, 'mpxn' | 'meter'>): string {
  return addressOf(mpxn === undefined ? { kind: 'device', device: meter } : { kind: 'meter-point', mpxn })
}

/**
 * A change of a flag as its form and its check show it: questions that setting and clearing share, and the frames around them.
 *
 * A question says once how it is asked and how its answer reads on the check.
 */
import type { Instant } from '../../../core/device/device.ts'
import { type Html, type HtmlValue, html, NOTHING } from '../../html/html.ts'
import { type Fact, summaryList } from '../../html/lists.ts'
import { insetText, linkButton } from '../../html/notices.ts'
import { timeElement } from '../../html/times.ts'
import type { Answers } from '../forms/answers.ts'
import { addressOf, type Subject, titleOf } from '../forms/subject.ts'
import { whenOf } from '../forms/when.ts'
import { checkboxes } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { selectField, type TextField, textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'
import { whenField } from '../parts/when-field.ts'
import { type FlagKnown, flagStatus } from './flag-status.ts'

/** A Supplier that the Service Centre may act for. */
export interface SupplierOption {
  readonly id: string
  readonly name: string
}

export interface ChangeShown {
  readonly visitor: Visitor
  readonly subject: Subject
  /** The form's own address; the check is below it. */
  readonly address: string
  readonly answers: Answers
  readonly suppliers: readonly SupplierOption[]
}

export interface ChangeForm extends ChangeShown {
  readonly problems: readonly Problem[]
}

export interface Question {
  /** Of its first field, to which the check links. */
  readonly id: string
  readonly field: (form: Pick<ChangeForm, 'visitor' | 'answers' | 'suppliers' | 'problems'>) => Html
  /** How the check calls the answer, and what screen readers say is changed. */
  readonly name: string
  readonly what: string
  /** Undefined where there is nothing to show. */
  readonly answer: (shown: ChangeShown) => HtmlValue
}

type Named = Pick<Question, 'name' | 'what'>

/** A question that is answered by a text. */
export function textQuestion(
  named: Named,
  { whenEmpty, ...field }: Pick<TextField, 'id' | 'label' | 'hint'> & { readonly whenEmpty?: string },
): Question {
  return {
    ...named,
    id: field.id,
    field: ({ answers, problems }) =>
      textField({ ...field, value: answers.text(field.id), width: 30, problems }),
    answer: ({ answers }) => answers.text(field.id) || (whenEmpty ?? ''),
  }
}

/** A question that must be ticked. */
export function confirmQuestion(
  named: Named,
  { id, label, text }: { readonly id: string; readonly label: string; readonly text: string },
): Question {
  return {
    ...named,
    id,
    field: ({ answers, problems }) =>
      checkboxes({
        ...{ id, label, problems, chosen: answers.isTicked(id) ? ['yes'] : [] },
        choices: [{ value: 'yes', text }],
      }),
    answer: () => 'Confirmed',
  }
}

/** When a change takes effect. */
export function whenQuestion(named: Named, label: string): Question {
  return {
    ...named,
    id: 'when',
    field: ({ answers, problems }) =>
      whenField({
        ...{ label, answers, problems },
        now: { text: 'Now', hint: 'Normally in force in every gateway within a second.' },
        later: 'Later, at most 90 days ahead',
      }),
    answer: ({ answers }) => {
      const when = whenOf(answers)
      return when.ok && when.at !== undefined ? timeElement(when.at) : 'Now'
    },
  }
}

/** Whom the Service Centre acts for and on which ticket; nothing for a Supplier, who acts for itself. */
export const ON_BEHALF: Question = {
  id: 'onBehalfOf',
  name: 'Acting for',
  what: 'whom you act for',
  field({ visitor, suppliers, answers, problems }) {
    if (visitor.role !== 'service-centre') return NOTHING
    const options = suppliers.map(({ id, name }) => ({ value: id, text: `${name} (${id})` }))
    return html`<h2 class="govuk-heading-m">Who you act for</h2>
${selectField({
  id: 'onBehalfOf',
  label: 'Supplier',
  hint: 'Verify with the caller that this is the Responsible Supplier.',
  value: answers.text('onBehalfOf'),
  options: [{ value: '', text: 'Choose a Supplier' }, ...options],
  problems,
})}${textField({
  id: 'ticket',
  label: 'Ticket number',
  hint: 'For example INC-204711',
  value: answers.text('ticket'),
  width: 20,
  problems,
})}`
  },
  answer({ answers, suppliers }) {
    const id = answers.optional('onBehalfOf')
    const name = suppliers.find((each) => each.id === id)?.name
    const party = name === undefined ? id : `${name} (${id})`
    return party === undefined ? undefined : `${party}, ticket ${answers.text('ticket')}`
  },
}

interface FormWords {
  readonly title: string
  readonly introduction: string
  readonly fields: Html
}

export function changeForm(form: ChangeForm, { title, introduction, fields }: FormWords): Html {
  const { visitor, subject, address, problems } = form
  return page({
    title,
    caption: titleOf(subject),
    visitor,
    section: 'search',
    back: addressOf(subject),
    problems,
    content: html`<p class="govuk-body">${introduction} Nothing is changed until you have checked your answers.</p>
${formTo(visitor, address, fields)}`,
  })
}

interface CheckWords {
  readonly title: string
  readonly warnings: HtmlValue
  readonly effects: Html
  readonly questions: readonly Question[]
  /** Between the answers and the button. */
  readonly more?: Html
  readonly button: Html
}

/** The check of the answers before the change is made. */
export function changeCheck(shown: ChangeShown, words: CheckWords): Html {
  const { visitor, subject, address } = shown
  return page({
    title: words.title,
    caption: titleOf(subject),
    visitor,
    section: 'search',
    back: address,
    content: html`${words.warnings}
<h2 class="govuk-heading-m">What changes</h2>
${words.effects}
<h2 class="govuk-heading-m">Your answers</h2>
${summaryList(words.questions.map((question) => factOf(question, shown)))}
${words.more}
${formTo(visitor, `${address}/check`, words.button)}`,
  })
}

function factOf({ id, name, what, answer }: Question, shown: ChangeShown): Fact | false {
  const value = answer(shown)
  return value !== undefined && { name, value, change: { href: `${shown.address}#${id}`, what } }
}

export interface ChangedMeanwhile {
  readonly visitor: Visitor
  readonly subject: Subject
  readonly known: FlagKnown
  readonly now: Instant
}

/** For a change that was asked for on the ground of a state that no longer holds. */
export function changedMeanwhilePage({ visitor, subject, known, now }: ChangedMeanwhile): Html {
  const here = addressOf(subject)
  return page({
    title: 'The flag has changed meanwhile',
    caption: titleOf(subject),
    visitor,
    section: 'search',
    content: html`${insetText('Somebody else changed this flag after you began. Your change was not made.')}
<h2 class="govuk-heading-m">How it stands now</h2>${flagStatus(known, now, here)}
${linkButton(here, 'See the meter and decide again')}`,
  })
}

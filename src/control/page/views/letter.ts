/** For the consumer: a letter to print and a script to read out, made for one meter from the words of the list in force. */
import type { Instant } from '../../../core/device/device.ts'
import type { ConsumerWords } from '../../../core/restriction/consumer-words.ts'
import type { Fuel } from '../../../core/restriction/restriction.ts'
import { type Html, html } from '../../html/html.ts'
import { insetText } from '../../html/notices.ts'
import { dayOf } from '../../html/times.ts'
import { page, type Visitor } from '../parts/document.ts'

export interface LetterPage {
  readonly visitor: Visitor
  /** Address of the meter's page; the text file is below it. */
  readonly here: string
  /** As the letter names the meter: its meter point, or its Device. */
  readonly meter: string
  readonly fuel: Fuel
  /** When the flag begins or began; undefined where there is none. */
  readonly from: Instant | undefined
  readonly now: Instant
  readonly supplierName: string
  readonly words: ConsumerWords
}

/** A heading, paragraphs and lists: what the page and the text file are both made of. */
type Block = { readonly heading: string } | { readonly text: string } | { readonly items: readonly string[] }

export function letterPage(shown: LetterPage): Html {
  const { visitor, here, supplierName } = shown
  return page({
    title: 'For the consumer',
    visitor,
    section: 'search',
    back: here,
    content: html`<div class="dg-screen-only">${insetText('Made for this meter from the list in force. Print this page, or copy its text; put the name, the address and your telephone number in yourself: no personal data are kept here.')}
<p class="govuk-body"><a class="govuk-link" href="${here}/letter.txt" download>Download as text</a></p></div>
<section class="dg-letter" aria-labelledby="letter"><h2 class="govuk-heading-m" id="letter">Letter</h2>
${letterOf(shown).map(blockOf)}
<p class="govuk-body">${supplierName}</p></section>
<section class="dg-letter" aria-labelledby="script"><h2 class="govuk-heading-m" id="script">To read out on the telephone</h2>
${scriptOf(shown).map(blockOf)}</section>`,
  })
}

/** The same as plain text. */
export function letterText(shown: LetterPage): string {
  const blocks = [
    { heading: 'Letter' },
    ...letterOf(shown),
    { text: shown.supplierName },
    { heading: 'To read out on the telephone' },
    ...scriptOf(shown),
  ]
  return `${blocks.map(plain).join('\n\n')}\n`
}

function blockOf(block: Block): Html {
  if ('heading' in block) return html`<h3 class="govuk-heading-s">${block.heading}</h3>`
  if ('text' in block) return html`<p class="govuk-body">${block.text}</p>`
  return html`<ul class="govuk-list govuk-list--bullet">${block.items.map((item) => html`<li>${item}</li>`)}</ul>`
}

function plain(block: Block): string {
  if ('heading' in block) return block.heading.toUpperCase()
  return 'text' in block ? block.text : block.items.map((item) => `- ${item}`).join('\n')
}

function letterOf(shown: LetterPage): readonly Block[] {
  const { meter, fuel, words } = shown
  return [
    { text: 'Dear customer,' },
    {
      text: `You asked that less be read from your smart ${fuel} meter (${meter}). ${sinceText(shown)} This letter says what changes and what does not.`,
    },
    { heading: 'What stops' },
    { items: words.stops },
    { heading: 'What goes on as before' },
    { items: words.stays },
    { heading: 'What that means at home' },
    { items: words.notes },
    { heading: 'If you change your mind' },
    { text: CHANGE_OF_MIND },
  ]
}

const CHANGE_OF_MIND =
  'Tell us at any time and smart services begin again. If you move out, or change to another supplier, tell them or us as well: the choice stays with the meter until somebody ends it.'

function sinceText({ from, now }: LetterPage): string {
  if (from === undefined) return 'It is not in effect yet.'
  return from > now ? `It takes effect on ${dayOf(from)}.` : `It has been in effect since ${dayOf(from)}.`
}

function scriptOf(shown: LetterPage): readonly Block[] {
  const { fuel, words } = shown
  return [
    {
      text: `“You would like less to be read from your smart ${fuel} meter. Before we go on, may I tell you what that means?”`,
    },
    { text: '“This stops:”' },
    { items: words.stops },
    { text: '“This goes on as before:”' },
    { items: words.stays },
    { text: '“And please keep in mind:”' },
    { items: words.notes },
    { text: `“${CHANGE_OF_MIND}”` },
    {
      text: `“${shown.from === undefined ? 'Is that what you want?' : 'Is that still what you want?'}”`,
    },
  ]
}

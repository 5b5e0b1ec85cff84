/**
 * Messages with their parts altered, for trying learned markup: values put in place of others, bytes and tokens overwritten, put
 * in and taken out, elements doubled and dropped, and parts of two messages put together. All of it follows from a seed.
 */

import type { TrafficItem } from '../../bench/workload/traffic.ts'
import { trafficOf } from '../../bench/workload/traffic.ts'
import { SeededRandom } from '../../src/cli/load/seeded-random.ts'
import type { Direction } from '../../src/core/duis/facts.ts'
import { allFixtures } from '../fixtures/all.ts'
import { gbcsPayload } from '../fixtures/gbcs.ts'
import { DCC, ESME, GPF, OTHER_ESME, USER } from '../fixtures/message.ts'
import { duisTemplates } from '../support/templates.ts'

export interface Original {
  readonly name: string
  readonly direction: Direction
  readonly bytes: Buffer
}

export interface AlteredDocument {
  readonly direction: Direction
  readonly bytes: Buffer
  /** What it was made of and how, for whoever looks into a difference. */
  readonly made: string
}

/** The traffic of the benches that stands for a nation's. */
export function nationalTraffic(messages: number, seed: number): TrafficItem[] {
  return trafficOf({
    name: 'mix',
    fleet: { devices: 100_000, restrictedShare: 0.02, seed: 1 },
    seed,
    messages,
  })
}

/** Fixtures, published templates (without the comments that no signed message has), and traffic of the benches. */
export function originals(): Original[] {
  const templates = duisTemplates().map(({ name, bytes }) => ({
    name,
    direction: 'southbound' as const,
    bytes: withoutComments(bytes),
  }))
  const fixtures = allFixtures.map(({ path, direction, bytes }) => ({
    name: path,
    direction,
    bytes: withoutPlaceholderNote(bytes),
  }))
  const traffic = nationalTraffic(200, 7).map(({ direction, message }, n) => ({
    name: `traffic ${n}`,
    direction,
    bytes: message.body,
  }))
  const all: Original[] = [...templates, ...fixtures, ...traffic]
  return all.filter(({ bytes }) => bytes.length < 40_000)
}

/** Without the comment in the signature of every fixture, which would keep each from being learned; others stay. */
function withoutPlaceholderNote(bytes: Uint8Array): Buffer {
  return Buffer.from(
    Buffer.from(bytes).toString('latin1').replace('<!-- values are placeholders -->', ''),
    'latin1',
  )
}

export function withoutComments(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/<!--[\s\S]*?-->/g, ''), 'latin1')
}

interface Span {
  readonly start: number
  readonly end: number
}

/** A message with the places of its texts and tags. */
interface Parts extends Original {
  readonly texts: readonly Span[]
  readonly tags: readonly Span[]
}

const TAG = /<[^>]*>/g

function partsOf(original: Original): Parts {
  const text = original.bytes.toString('latin1')
  const tags = [...text.matchAll(TAG)].map(({ index, 0: tag }) => ({ start: index, end: index + tag.length }))
  const texts = tags.flatMap(({ end }, n) => {
    const next = tags[n + 1]
    return next && text.slice(end, next.start).trim() !== '' ? [{ start: end, end: next.start }] : []
  })
  return { ...original, texts, tags }
}

type Alteration = (document: AlteredDocument) => AlteredDocument

export class AlteredDocuments {
  readonly #random: SeededRandom
  readonly #originals: readonly Parts[]

  constructor(seed: number, from: readonly Original[] = originals()) {
    this.#random = new SeededRandom(seed)
    this.#originals = from.map(partsOf)
  }

  /** Three of five have other values alone, as the next message of the same sender has. */
  next(): AlteredDocument {
    const original = this.#any(this.#originals)
    if (this.#random.next() < 0.6) return this.#ofOtherValues(original)
    let document: AlteredDocument = { ...original, made: original.name }
    for (let times = this.#random.between(1, 4); times > 0; times--)
      document = this.#any(this.#alterations)(document)
    return document
  }

  #ofOtherValues({ name, direction, bytes, texts }: Parts): AlteredDocument {
    const pieces: Buffer[] = []
    let from = 0
    for (const { start, end } of texts) {
      if (this.#random.next() * texts.length > 3) continue
      pieces.push(
        bytes.subarray(from, start),
        Buffer.from(this.#like(bytes.toString('latin1', start, end)), 'latin1'),
      )
      from = end
    }
    return {
      direction,
      bytes: Buffer.concat([...pieces, bytes.subarray(from)]),
      made: `${name}, other values`,
    }
  }

  readonly #alterations: readonly Alteration[] = [
    (document) => this.#otherValue(document),
    (document) => this.#oddValue(document),
    (document) => this.#byte(document),
    (document) => this.#token(document),
    (document) => this.#attribute(document),
    (document) => this.#doubled(document),
    (document) => this.#dropped(document),
    (document) => this.#crossed(document),
    (document) => this.#borrowed(document),
    (document) => this.#cutShort(document),
  ]

  #any<Item>(items: readonly Item[]): Item {
    return items[this.#random.between(0, items.length)] as Item
  }

  /** Another value of the same form. */
  #otherValue(document: AlteredDocument): AlteredDocument {
    const { texts } = partsOf({ name: '', ...document })
    if (texts.length === 0) return document
    const span = this.#any(texts)
    return put(document, 'value', span, this.#like(document.bytes.toString('latin1', span.start, span.end)))
  }

  #like(text: string): string {
    const device = this.#any([ESME, OTHER_ESME, GPF, DCC, USER, ESME.toLowerCase()])
    if (REQUEST_ID.test(text))
      return `${this.#any([USER, DCC, device])}:${device}:${this.#random.between(0, 1e9)}`
    if (EUI.test(text)) return device
    if (PAYLOAD.test(text)) return this.#payload(device)
    if (TIME.test(text)) return `2026-0${this.#random.between(1, 10)}-01T00:00:00.00Z`
    if (/^[0-9]+$/.test(text)) return String(this.#random.between(0, 1e6))
    return text.length < 8 ? text : `${text.slice(4)}${text.slice(0, 4)}`
  }

  #payload(device: string): string {
    return gbcsPayload({
      cra: this.#any(['command', 'response', 'alert']),
      originator: this.#any([device, USER]),
      target: this.#any([USER, device, OTHER_ESME]),
      messageCode: this.#any(['0027', '0037', '0061', '0067', '1000', '1001', '0049', 'FFFE']),
      contentBytes: this.#random.between(0, 200),
    })
  }

  #oddValue(document: AlteredDocument): AlteredDocument {
    const { texts } = partsOf({ name: '', ...document })
    return texts.length === 0 ? document : put(document, 'odd', this.#any(texts), this.#any(ODD_VALUES))
  }

  #byte(document: AlteredDocument): AlteredDocument {
    const at = this.#random.between(0, document.bytes.length)
    const byte = String.fromCharCode(this.#random.between(0, 256))
    const span = { start: at, end: at + this.#random.between(0, 2) }
    return put(document, 'byte', span, this.#any(['', byte]))
  }

  #token(document: AlteredDocument): AlteredDocument {
    const { tags } = partsOf({ name: '', ...document })
    const edge = this.#random.next() < 0.5 ? this.#any(tags)?.start : undefined
    const at = edge ?? this.#random.between(0, document.bytes.length)
    return put(document, 'token', { start: at, end: at }, this.#any(TOKENS))
  }

  /** Another attribute value, or an attribute more. */
  #attribute(document: AlteredDocument): AlteredDocument {
    const quoted = [...document.bytes.toString('latin1').matchAll(/"[^"]*"/g)]
    if (quoted.length === 0) return document
    const { index, 0: value } = this.#any(quoted)
    const span = { start: index, end: index + value.length }
    return put(document, 'attribute', span, this.#any(ATTRIBUTES.map((change) => change(value))))
  }

  /** A stretch from a tag to another stands twice. */
  #doubled(document: AlteredDocument): AlteredDocument {
    const { start, end } = this.#stretch(document)
    const stretch = document.bytes.toString('latin1', start, end)
    return put(document, 'doubled', { start: end, end }, stretch)
  }

  #dropped(document: AlteredDocument): AlteredDocument {
    return put(document, 'dropped', this.#stretch(document), '')
  }

  #stretch(document: AlteredDocument): Span {
    const { tags } = partsOf({ name: '', ...document })
    if (tags.length === 0) return { start: 0, end: 0 }
    const first = this.#random.between(0, tags.length)
    const last = Math.min(tags.length - 1, first + this.#random.between(0, 4))
    return { start: tags[first]?.start ?? 0, end: tags[last]?.end ?? 0 }
  }

  /** The beginning of this message and the end of another, joined at a tag that both have. */
  #crossed(document: AlteredDocument): AlteredDocument {
    const other = this.#any(this.#originals)
    const { tags } = partsOf({ name: '', ...document })
    if (tags.length === 0) return document
    const { start, end } = this.#any(tags)
    const found = other.bytes.indexOf(document.bytes.subarray(start, end))
    if (found < 0) return document
    const rest = other.bytes.toString('latin1', found)
    return put(document, `crossed ${other.name}`, { start, end: document.bytes.length }, rest)
  }

  /** The text or the element of another message, at a place of this one. */
  #borrowed(document: AlteredDocument): AlteredDocument {
    const other = this.#any(this.#originals)
    const { texts, tags } = partsOf({ name: '', ...document })
    const isText = this.#random.next() < 0.7
    const [own, others] = isText ? [texts, other.texts] : [tags, other.tags]
    if (own.length === 0 || others.length === 0) return document
    const { start, end } = this.#any(others)
    return put(document, `borrowed ${other.name}`, this.#any(own), other.bytes.toString('latin1', start, end))
  }

  #cutShort(document: AlteredDocument): AlteredDocument {
    const { length } = document.bytes
    const at = this.#random.next() < 0.5 ? length : this.#random.between(0, length)
    return put(document, 'end', { start: at, end: length }, this.#any(['', ' ', '<', 'x', '\n']))
  }
}

const REQUEST_ID = /^\s*(?:[0-9A-Fa-f]{2}-){7}[0-9A-Fa-f]{2}:/
const EUI = /^\s*(?:[0-9A-Fa-f]{2}-){7}[0-9A-Fa-f]{2}\s*$/
const PAYLOAD = /^3[0-9a-zA-Z+/=\s]{40,}$/
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T/

const ATTRIBUTES: readonly ((value: string) => string)[] = [
  () => '"5.1"',
  () => '"urn:other"',
  () => '"http://www.dccinterface.co.uk/ServiceUserGateway"',
  () => '"plain"',
  () => '"encrypted"',
  () => '""',
  (value) => `${value} a="b>c"`,
  (value) => `${value} xmlns:sr="urn:x"`,
  (value) => value.replaceAll('"', "'"),
]

const ODD_VALUES = [
  ...['', ' ', '\n\t ', '4.1.1', '4.10', '7.2', '11.1', '8F0A', '8F3F', 'I0', 'I99', 'E5', 'N24', '1', '9'],
  ...[ESME, ` ${ESME}\n`, `${ESME},${OTHER_ESME}`, ESME.toLowerCase(), DCC, `${USER}:${ESME}:1`],
  ...[`${USER}:${ESME}:18446744073709551616`, `${USER}:${ESME}:01`, '3wkBAAAA', 'a>b', 'a]b', ']]>', '&#65;'],
  ...['\u0001', '\u007f', '\u00e9', '"', "'", 'x'.repeat(5_000), 'Prepayment', 'Security', 'Remove'],
]

const TOKENS = [
  ...['<', '>', '/>', '</', '<!-- -->', '<![CDATA[x]]>', '<?a b?>', '&amp;', '"', "'", ' ', '\r', 'sr:'],
  ...['<sr:DeviceID>', '</sr:DeviceID>', `<sr:DeviceID>${GPF}</sr:DeviceID>`, '<sr:New>x</sr:New>', '<a/>'],
  ...['<sr:AlertCode>8F0A</sr:AlertCode>', '<sr:ServiceReferenceVariant>4.1.1</sr:ServiceReferenceVariant>'],
]

function put(
  { direction, bytes, made }: AlteredDocument,
  how: string,
  { start, end }: Span,
  text: string,
): AlteredDocument {
  const altered = Buffer.concat([bytes.subarray(0, start), Buffer.from(text, 'latin1'), bytes.subarray(end)])
  return { direction, bytes: altered, made: `${made}, ${how} at ${start}` }
}

/**
 * Learned markup in service: what it knows of the messages of one way, and the check that it knows them rightly.
 *
 * Of so many messages that were known one is read strictly as well, when its own turn is over, and by the second reader where
 * there is one. A difference means that some message may have been decided on wrongly: it is counted and logged, and the gateway
 * reads every message strictly until it is started again, whatever the way it was found on.
 */
import type { Direction, MessageFacts } from '../core/duis/facts.ts'
import { type ReadingPlan, type ReadResult, readMessage } from '../core/duis/reader.ts'
import { LearnedMarkup } from '../core/markup/learned-markup.ts'
import { differingFacts } from '../core/markup/same-facts.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'

/** Messages from Users, from the DSP, and the DSP's synchronous replies: each is learned apart. */
export type MarkupWay = Direction | 'reply'

/** A message that was known and not read. */
export interface KnownMessage {
  /** Of a reply with `/reply` behind it. */
  readonly decision: string
  readonly direction: Direction
  readonly facts: MessageFacts
  readonly bytes: Buffer
}

export interface MarkupOptions {
  /** False: every message is read strictly. */
  readonly learns: boolean
  /** Of so many known messages one is checked; 0: none. */
  readonly checkOneIn: number
  /** Between 0 and 1; chooses the messages, so that no sender can tell which. */
  readonly random: () => number
  /** Takes a chosen message to the second reader; absent: there is none. */
  readonly readAgain?: (message: KnownMessage) => void
  /** Told of a difference, after which this process reads strictly; absent: there is no other to tell. */
  readonly onDifference?: () => void
}

export const DEFAULT_MARKUP: MarkupOptions = { learns: true, checkOneIn: 0, random: () => 1 }

export interface MarkupOutlet {
  readonly metrics: Metrics
  readonly log: Logger
}

/** The learned markup of all ways of a gateway. */
export class KnownMarkups {
  readonly #all: KnownMarkup[] = []
  readonly #options: MarkupOptions
  readonly #outlet: MarkupOutlet

  constructor(options: MarkupOptions, outlet: MarkupOutlet) {
    this.#options = options
    this.#outlet = outlet
    outlet.metrics.watch('duisgate_markup_in_use', [], () => (this.#isLearning ? 1 : 0))
  }

  get #isLearning(): boolean {
    return this.#all.some(({ isOn }) => isOn)
  }

  /** What is known on a way, whose messages are read by this plan. */
  on(way: MarkupWay, plan: ReadingPlan): KnownMarkup {
    const markup = new KnownMarkup(plan, this.#options, this.#outlet, () => this.#endLearning())
    this.#all.push(markup)
    const { metrics } = this.#outlet
    metrics.watch('duisgate_markup_known_messages', [way], () => markup.known)
    metrics.watch('duisgate_markup_unknown_messages', [way], () => markup.unknown)
    metrics.watch('duisgate_markup_skeletons', [way], () => markup.size.skeletons)
    metrics.watch('duisgate_markup_bytes', [way], () => markup.size.bytes)
    return markup
  }

  forget(): void {
    for (const markup of this.#all) markup.forget()
  }

  /** Forgets all that was learned, and learns no more. */
  readStrictly(): void {
    for (const markup of this.#all) markup.switchOff()
  }

  /** Checks that were under way may find more differences; the first one is told. */
  #endLearning(): void {
    if (!this.#isLearning) return
    this.readStrictly()
    this.#options.onDifference?.()
  }
}

const NOTHING = { skeletons: 0, bytes: 0 }

export class KnownMarkup {
  /** Messages that could be known, since the start, and were or were not. */
  known = 0
  unknown = 0
  readonly plan: ReadingPlan
  readonly #options: MarkupOptions
  readonly #outlet: MarkupOutlet
  readonly #onDifference: () => void
  /** Absent while every message is read strictly. */
  #learned: LearnedMarkup | undefined

  constructor(plan: ReadingPlan, options: MarkupOptions, outlet: MarkupOutlet, onDifference: () => void) {
    this.plan = plan
    this.#options = options
    this.#outlet = outlet
    this.#onDifference = onDifference
    if (options.learns) this.#learned = new LearnedMarkup(plan)
  }

  get isOn(): boolean {
    return this.#learned !== undefined
  }

  get size(): LearnedMarkup['size'] {
    return this.#learned?.size ?? NOTHING
  }

  /** The facts of a message that is all there, where its markup is known; else it is to be read strictly. */
  match(bytes: Buffer): MessageFacts | undefined {
    const facts = this.#learned?.match(bytes)
    if (facts) this.known++
    else this.unknown++
    return facts
  }

  /** Takes a message that was not known and that the strict reader accepted, in one piece. */
  consider(bytes: Buffer): void {
    this.#learned?.consider(bytes)
  }

  /** Reads a message that is all there. */
  read(decision: string, bytes: Buffer): ReadResult {
    const facts = this.match(bytes)
    if (facts) {
      this.checkSome(decision, facts, bytes)
      return { ok: true, facts }
    }
    const reading = readMessage(this.plan, bytes)
    if (reading.ok) this.consider(bytes)
    return reading
  }

  /** Has one of so many known messages read again, later. */
  checkSome(decision: string, facts: MessageFacts, bytes: Buffer): void {
    const { checkOneIn, random } = this.#options
    if (checkOneIn === 0 || random() * checkOneIn >= 1) return
    const message = { decision, direction: this.plan.direction, facts, bytes: Buffer.from(bytes) }
    setImmediate(() => this.#check(message))
  }

  forget(): void {
    this.#learned?.forget()
  }

  switchOff(): void {
    this.#learned = undefined
  }

  #check(message: KnownMessage): void {
    const { metrics, log } = this.#outlet
    const strict = readMessage(this.plan, message.bytes)
    const differing = strict.ok ? differingFacts(message.facts, strict.facts) : ['fault']
    metrics.count('duisgate_markup_checks_total', [differing.length === 0 ? 'same' : 'different'])
    if (differing.length > 0) {
      metrics.count('duisgate_markup_differs_total')
      const { decision, direction } = message
      log.error(
        { decision, direction, differing },
        'learned markup made something else of a message than the strict reader; all are read strictly from now on',
      )
      this.#onDifference()
    }
    this.#options.readAgain?.(message)
  }
}

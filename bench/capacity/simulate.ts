/**
 * Gateways under a load that one machine cannot make: a simulation of their queues, fed with measured costs.
 *
 * Each worker is one queue served in order. Arrivals are random at the asked rate (a Poisson process for each worker, which is
 * what many independent senders look like); what a message costs is random around the measured mean; now and then a worker
 * pauses to collect garbage. Nothing here knows about sockets: what a message costs has them in it.
 */
import { SeededRandom } from '../../src/cli/load/seeded-random.ts'

export interface Scenario {
  /** Workers of all gateways together. */
  readonly workers: number
  /** Microseconds of CPU a message. */
  readonly costMicros: number
  /** Messages a second, before and after the burst. */
  readonly rate: number
  readonly burst: { readonly rate: number; readonly fromSecond: number; readonly seconds: number }
  readonly seconds: number
  /** Every worker stands still for so long, so often: collecting garbage, writing the journal. */
  readonly pause: { readonly everyMs: number; readonly ms: number }
  /** Messages that may wait at one worker; more are answered 503. */
  readonly queueLimit: number
  readonly seed: number
}

export interface Seen {
  /** Share of the time that workers were busy, before the burst and in it. */
  readonly busy: { readonly before: number; readonly burst: number }
  /** Milliseconds from arrival to the end of the work, before the burst and in it. */
  readonly before: Percentiles
  readonly inBurst: Percentiles
  readonly messages: number
  /** Answered 503 because a queue was full. */
  readonly shed: number
  readonly longestQueue: number
}

interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** Workers are alike and independent, so each is simulated by itself and their messages are put together. */
export function simulate(scenario: Scenario): Seen {
  const tally = new Tally(scenario)
  for (let worker = 0; worker < scenario.workers; worker++)
    runWorker(scenario, new SeededRandom(scenario.seed + worker * 7_919), tally)
  return tally.seen()
}

function runWorker(scenario: Scenario, random: SeededRandom, tally: Tally): void {
  const { workers, seconds, costMicros, pause } = scenario
  /** When each message that waits or is worked on will be done, oldest first, from `head` on. */
  const queue: number[] = []
  let head = 0
  let freeAt = 0
  let nextPause = random.next() * pause.everyMs
  for (let now = 0; now < seconds * 1_000; ) {
    now += (exponential(random) * 1_000 * workers) / rateAt(scenario, now / 1_000)
    while ((queue[head] ?? Number.POSITIVE_INFINITY) <= now) head++
    if (queue.length - head >= scenario.queueLimit) {
      tally.shed++
      continue
    }
    for (; nextPause <= Math.max(now, freeAt); nextPause += pause.everyMs)
      freeAt = Math.max(freeAt, nextPause) + pause.ms
    const work = (costMicros / 1_000) * gamma(random)
    freeAt = Math.max(now, freeAt) + work
    queue.push(freeAt)
    tally.done(now, freeAt - now, work, queue.length - head)
  }
}

function rateAt({ rate, burst }: Scenario, second: number): number {
  return isBurst(burst, second) ? burst.rate : rate
}

function isBurst({ fromSecond, seconds }: Scenario['burst'], second: number): boolean {
  return second >= fromSecond && second < fromSecond + seconds
}

function exponential(random: SeededRandom): number {
  return -Math.log(1 - random.next())
}

/** Mean 1, variance 1/2: most messages cost about the mean, long ones a few times as much. */
function gamma(random: SeededRandom): number {
  return (exponential(random) + exponential(random)) / 2
}

class Tally {
  shed = 0
  readonly #scenario: Scenario
  readonly #before: number[] = []
  readonly #inBurst: number[] = []
  readonly #work = { before: 0, burst: 0 }
  #longestQueue = 0

  constructor(scenario: Scenario) {
    this.#scenario = scenario
  }

  done(at: number, tookMs: number, workMs: number, waiting: number): void {
    const { burst } = this.#scenario
    this.#longestQueue = Math.max(this.#longestQueue, waiting)
    if (isBurst(burst, at / 1_000)) {
      this.#inBurst.push(tookMs)
      this.#work.burst += workMs
    } else if (at / 1_000 < burst.fromSecond) {
      this.#before.push(tookMs)
      this.#work.before += workMs
    }
  }

  seen(): Seen {
    const { workers, burst } = this.#scenario
    return {
      busy: {
        before: this.#work.before / (workers * burst.fromSecond * 1_000),
        burst: this.#work.burst / (workers * burst.seconds * 1_000),
      },
      before: percentilesOf(this.#before),
      inBurst: percentilesOf(this.#inBurst),
      messages: this.#before.length + this.#inBurst.length,
      shed: this.shed,
      longestQueue: this.#longestQueue,
    }
  }
}

function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}

/**
 * Plays the rounds. Order of a run: every rung once through its whole traffic, which warms it up and must be right
 * before anything is measured; rounds at saturation, interleaved (A B C, A B C); rounds at the fixed rate and at half of
 * the saturation found; every rung once more through its traffic, which must still be right. A rung is woken for each of
 * its rounds, and a little of the same load that is checked but not measured comes before what is.
 */
import { problemsOf } from './checks.ts'
import { figuresOf, halfRateOf } from './figures.ts'
import type { RungResult } from './result.ts'
import type { Rung } from './rungs.ts'
import { type Play, type Played, type Stage, WAKING_MS } from './stage.ts'

export interface Score {
  readonly rounds: number
  readonly seconds: number
  /** Of the same load before each run that is measured. */
  readonly warmUpSeconds: number
  /** Messages a second of the first latency runs. */
  readonly fixedRate: number
  /** Most messages of the runs that only check. */
  readonly checkMessages: number
  /** How long the upstream stalls in each run at the fixed rate, to see that it shows; 0 is the rule. */
  readonly stallMs: number
  /** Told what comes next, and about how many seconds are left of all. */
  readonly onStep: (text: string, secondsLeft: number) => void
}

type Load = Parameters<Play>[0]['load']

/** What was seen of one rung. */
class Notes {
  readonly rung: Rung
  readonly problems: string[] = []
  readonly saturated: Played[] = []
  readonly fixed: Played[] = []
  readonly half: Played[] = []
  readonly outcomes: Record<string, number> = {}
  bodiesChecked = 0

  constructor(rung: Rung) {
    this.rung = rung
  }

  get isSound(): boolean {
    return this.problems.length === 0
  }

  take({ report, arrivals }: Played): void {
    this.problems.push(...problemsOf(report, arrivals))
    this.bodiesChecked += arrivals.checked
    for (const [outcome, count] of Object.entries(report.outcomes))
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + count
  }
}

/** Rounds of one load. */
interface Pass {
  readonly what: string
  readonly into: 'saturated' | 'fixed' | 'half'
  readonly takes: (rung: Rung) => boolean
  readonly loadOf: (notes: Notes) => Load
}

function passesOf({ fixedRate }: Score): readonly Pass[] {
  return [
    {
      what: 'at saturation',
      into: 'saturated',
      takes: () => true,
      loadOf: ({ rung }) => ({ kind: 'closed', inFlight: rung.inFlight }),
    },
    {
      what: `at ${fixedRate} messages a second`,
      into: 'fixed',
      takes: ({ latencies }) => latencies.includes('fixed'),
      loadOf: ({ rung }) => ({ kind: 'open', rate: fixedRate * rung.rateShare }),
    },
    {
      what: 'at half of saturation',
      into: 'half',
      takes: ({ latencies }) => latencies.includes('half'),
      loadOf: (notes) => ({ kind: 'open', rate: halfRateOf(notes) }),
    },
  ]
}

/** Plays all rungs; a rung with a problem is told of and left out from there on, the others go on. */
export async function conduct(stage: Stage, rungs: readonly Rung[], score: Score): Promise<RungResult[]> {
  const all: Notes[] = []
  const passes = passesOf(score)
  const left = new TimeLeft(rungs, passes, score)
  for (const rung of rungs) {
    score.onStep(`starting ${rung.name}`, left.seconds)
    all.push(await begin(stage, rung, score))
    left.started()
  }
  for (const pass of passes.filter(({ takes }) => rungs.some(takes))) {
    for (let round = 1; round <= score.rounds; round++) {
      score.onStep(`round ${round} of ${score.rounds} ${pass.what}`, left.seconds)
      for (const notes of all.filter(({ rung }) => pass.takes(rung))) {
        await playRound(stage, notes, pass, score)
        left.visited()
      }
    }
  }
  score.onStep('checking every rung once more', left.seconds)
  for (const notes of all) await check(stage, notes, score)
  return all.map((notes) => resultOf(stage, notes, score))
}

/** Seconds that starting a rung takes, and messages a second of the runs that check: seen on two cores, a guess elsewhere. */
const START_SECONDS = 1.5
const CHECKED_PER_SECOND = 10_000

class TimeLeft {
  seconds: number
  readonly #visit: number
  readonly #check: number

  constructor(rungs: readonly Rung[], passes: readonly Pass[], score: Score) {
    const { rounds, seconds, warmUpSeconds, checkMessages } = score
    this.#visit = WAKING_MS / 1_000 + warmUpSeconds + seconds
    this.#check = WAKING_MS / 1_000 + checkMessages / CHECKED_PER_SECOND
    const visits = passes.reduce((sum, { takes }) => sum + rounds * rungs.filter(takes).length, 0)
    this.seconds = rungs.length * (START_SECONDS + 2 * this.#check) + visits * this.#visit
  }

  started(): void {
    this.seconds -= START_SECONDS + this.#check
  }

  visited(): void {
    this.seconds -= this.#visit
  }
}

async function begin(stage: Stage, rung: Rung, score: Score): Promise<Notes> {
  const notes = new Notes(rung)
  await noting(notes, () => stage.add(rung))
  await check(stage, notes, score)
  return notes
}

/** The whole traffic once. */
async function check(stage: Stage, notes: Notes, { checkMessages }: Score): Promise<void> {
  const { inFlight, rateShare } = notes.rung
  const messages = Math.max(8, Math.round(checkMessages * rateShare))
  const load = { kind: 'closed', inFlight: Math.min(8, inFlight) } as const
  await visit(stage, notes, async (play) => notes.take(await play({ until: { messages }, load })))
}

async function playRound(stage: Stage, notes: Notes, { into, loadOf }: Pass, score: Score): Promise<void> {
  const { seconds, warmUpSeconds, stallMs } = score
  await visit(stage, notes, async (play) => {
    const load = loadOf(notes)
    notes.take(await play({ until: { seconds: warmUpSeconds }, load }))
    if (!notes.isSound) return
    if (into === 'fixed' && stallMs > 0) await stage.stallFarSide({ afterMs: seconds * 300, forMs: stallMs })
    const played = await play({ until: { seconds }, load })
    notes.take(played)
    notes[into].push(played)
  })
}

/** Nothing where the rung has a problem already. */
async function visit(stage: Stage, notes: Notes, during: (play: Play) => Promise<void>): Promise<void> {
  if (notes.isSound) await noting(notes, () => stage.visit(notes.rung, during))
}

async function noting(notes: Notes, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    notes.problems.push(error instanceof Error ? error.message : String(error))
  }
}

function resultOf(stage: Stage, notes: Notes, { fixedRate }: Score): RungResult {
  const { rung, problems, outcomes, bodiesChecked } = notes
  const { name, about, traffic } = rung
  const result = { name, about, traffic, problems, outcomes, bodiesChecked }
  if (!notes.isSound) return result
  const more = { peakBytes: stage.peakBytes(rung), company: stage.companyOf(rung) }
  return { ...result, figures: { ...figuresOf(notes, fixedRate * rung.rateShare), ...more } }
}

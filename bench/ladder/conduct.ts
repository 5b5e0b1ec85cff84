/**
 * Plays the rounds. Order of a run: every rung once through its whole traffic, which warms it up and must be right
 * before anything is measured; rounds at saturation, interleaved (A B C, A B C); rounds at the fixed rate and at half of
 * the saturation found, each begun with a little of the same that is not measured; every rung once more through its
 * traffic, which must still be right.
 */
import { spreadOf } from '../support/spread.ts'
import { problemsOf } from './checks.ts'
import type { RateResult, RungFigures, RungResult } from './result.ts'
import type { Rung } from './rungs.ts'
import type { Played, Stage } from './stage.ts'

export interface Score {
  readonly rounds: number
  readonly seconds: number
  /** Messages a second of the first latency runs. */
  readonly fixedRate: number
  /** Most messages of the runs that only check. */
  readonly checkMessages: number
  /** How long the upstream stalls in each run at the fixed rate, to see that it shows; 0 is the rule. */
  readonly stallMs: number
  readonly onStep: (text: string) => void
}

/** A rung that stood idle while the others had their rounds is not what a rate that lasts for hours looks like. */
const WARM_UP = { seconds: 0.5 }

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

  take({ report, arrivals }: Played): void {
    this.problems.push(...problemsOf(report, arrivals))
    this.bodiesChecked += arrivals.checked
    for (const [outcome, count] of Object.entries(report.outcomes))
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + count
  }
}

function fixedRateOf({ rung }: Notes, { fixedRate }: Score): number {
  return fixedRate * rung.rateShare
}

function halfRateOf({ saturated }: Notes): number {
  return Math.max(1, Math.floor(spreadOf(saturated.map(throughput)).median / 2))
}

/** Plays all rungs; a rung with a problem is told of and left out from there on, the others go on. */
export async function conduct(stage: Stage, rungs: readonly Rung[], score: Score): Promise<RungResult[]> {
  const all: Notes[] = []
  for (const rung of rungs) all.push(await begin(stage, rung, score))
  const sound = () => all.filter(({ problems }) => problems.length === 0)
  const until = { seconds: score.seconds }

  await each(score, 'at saturation', sound, async (notes) => {
    const load = { kind: 'closed', inFlight: notes.rung.inFlight } as const
    await play(stage, notes, notes.saturated, { until, load })
  })
  await each(score, `at ${score.fixedRate} messages a second`, sound, async (notes) => {
    const load = { kind: 'open', rate: fixedRateOf(notes, score) } as const
    await play(stage, notes, [], { until: WARM_UP, load })
    if (score.stallMs > 0) await stage.stallFarSide({ afterMs: score.seconds * 300, forMs: score.stallMs })
    await play(stage, notes, notes.fixed, { until, load })
  })
  await each(score, 'at half of saturation', sound, async (notes) => {
    const load = { kind: 'open', rate: halfRateOf(notes) } as const
    await play(stage, notes, [], { until: WARM_UP, load })
    await play(stage, notes, notes.half, { until, load })
  })
  score.onStep('checking every rung once more')
  for (const notes of sound()) await play(stage, notes, [], checking(notes.rung, score))
  return all.map((notes) => resultOf(stage, notes, score))
}

async function begin(stage: Stage, rung: Rung, score: Score): Promise<Notes> {
  score.onStep(`starting ${rung.name}`)
  const notes = new Notes(rung)
  try {
    await stage.add(rung)
    await play(stage, notes, [], checking(rung, score))
  } catch (error) {
    notes.problems.push(messageOf(error))
  }
  return notes
}

function checking(rung: Rung, { checkMessages }: Score): Parameters<Stage['play']>[1] {
  const messages = Math.max(8, Math.round(checkMessages * rung.rateShare))
  return { until: { messages }, load: { kind: 'closed', inFlight: Math.min(8, rung.inFlight) } }
}

async function each(
  { rounds, onStep }: Score,
  what: string,
  sound: () => Notes[],
  run: (notes: Notes) => Promise<void>,
): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    onStep(`round ${round} of ${rounds} ${what}`)
    for (const notes of sound()) await run(notes)
  }
}

async function play(
  stage: Stage,
  notes: Notes,
  into: Played[],
  order: Parameters<Stage['play']>[1],
): Promise<void> {
  try {
    const played = await stage.play(notes.rung, order)
    into.push(played)
    notes.take(played)
  } catch (error) {
    notes.problems.push(messageOf(error))
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function resultOf(stage: Stage, notes: Notes, score: Score): RungResult {
  const { rung, problems, outcomes, bodiesChecked } = notes
  const { name, about, traffic } = rung
  const result = { name, about, traffic, problems, outcomes, bodiesChecked }
  return problems.length > 0 ? result : { ...result, figures: figuresOf(stage, notes, score) }
}

function figuresOf(stage: Stage, notes: Notes, score: Score): RungFigures {
  const { rung, saturated, fixed, half } = notes
  const over = (of: (played: Played) => number) => spreadOf(saturated.map(of))
  return {
    cpuMicros: over(cpuMicros),
    throughput: over(throughput),
    coreShare: {
      between: over(({ report, cpu }) => cpu.between / 1e6 / report.seconds),
      generator: over(({ report, cpu }) => cpu.generator / 1e6 / report.seconds),
      farSide: over(({ report, cpu }) => cpu.farSide / 1e6 / report.seconds),
    },
    fixed: rateResult(fixedRateOf(notes, score), fixed),
    half: rateResult(halfRateOf(notes), half),
    peakBytes: stage.peakBytes(rung),
  }
}

function rateResult(rate: number, played: readonly Played[]): RateResult {
  const over = (of: (played: Played) => number) => spreadOf(played.map(of))
  return {
    rate,
    p50: over(({ report }) => report.latency.p50),
    p99: over(({ report }) => report.latency.p99),
    p999: over(({ report }) => report.latency.p999),
    cpuMicros: over(cpuMicros),
    generatorLateP99: over(({ report }) => report.lateness.p99),
  }
}

function cpuMicros({ report, cpu }: Played): number {
  return cpu.between / report.answered
}

function throughput({ report }: Played): number {
  return report.answered / report.seconds
}

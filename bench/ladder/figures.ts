/** The figures of a rung from the runs that were played over it. */
import { spreadOf } from '../support/spread.ts'
import type { RateResult, RungFigures } from './result.ts'
import type { Played } from './stage.ts'

/** Runs that were measured. */
export interface Runs {
  readonly saturated: readonly Played[]
  /** Empty where the rung has none of them. */
  readonly fixed: readonly Played[]
  readonly half: readonly Played[]
}

/** Half of the messages a second that saturation gave. */
export function halfRateOf({ saturated }: Pick<Runs, 'saturated'>): number {
  return Math.max(1, Math.floor(spreadOf(saturated.map(throughput)).median / 2))
}

/** Everything but what only the stage knows. */
export function figuresOf(runs: Runs, fixedRate: number): Omit<RungFigures, 'peakBytes' | 'company'> {
  const { saturated, fixed, half } = runs
  const over = (of: (played: Played) => number) => spreadOf(saturated.map(of))
  return {
    cpuMicros: over(cpuMicros),
    throughput: over(throughput),
    coreShare: {
      between: over(({ report, cpu }) => cpu.between / 1e6 / report.seconds),
      generator: over(({ report, cpu }) => cpu.generator / 1e6 / report.seconds),
      farSide: over(({ report, cpu }) => cpu.farSide / 1e6 / report.seconds),
    },
    ...(fixed.length > 0 && { fixed: rateResult(fixedRate, fixed) }),
    ...(half.length > 0 && { half: rateResult(halfRateOf(runs), half) }),
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
    coreWait: {
      main: over(({ report, wait }) => wait.between.main / 1e3 / report.seconds),
      all: over(({ report, wait }) => wait.between.all / 1e3 / report.seconds),
      generator: over(({ report, wait }) => wait.generator.all / 1e3 / report.seconds),
      farSide: over(({ report, wait }) => wait.farSide.all / 1e3 / report.seconds),
    },
  }
}

/** CPU time in between for each message, in microseconds. */
export function cpuMicros({ report, cpu }: Pick<Played, 'report' | 'cpu'>): number {
  return cpu.between / report.answered
}

function throughput({ report }: Played): number {
  return report.answered / report.seconds
}

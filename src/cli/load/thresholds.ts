/**
 * What a run must not come to: `p99>5ms`, `wrong>0`, `southbound.p99.9>20ms`, `lost>0.1%`, `rate<450`. A threshold is crossed
 * when its sentence is true of the run, and also when the run has no figure for it.
 */
import { InvalidArgumentError } from 'commander'
import { nearest } from '../../core/nearest.ts'
import type { Judged, LatencyMs, LoadReport } from './report.ts'

/** Of a report, what thresholds are about. */
export type Measured = Pick<LoadReport, 'seconds' | 'messages' | 'latencyMs' | 'latenessMs' | 'outcomes'>

/** What may be asked of the latency of a direction, or of both. */
const LATENCIES: Readonly<Record<string, keyof LatencyMs>> = {
  mean: 'mean',
  p50: 'p50',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
  'p99.9': 'p99_9',
  'p99.99': 'p99_99',
  max: 'max',
}

/** Counts of messages; with `%` they are shares of those sent. */
const COUNTS = {
  lost: ({ messages }) => messages.lost,
  wrong: ({ messages }) => messages.wrong,
  failed: ({ messages }) => messages.failed,
  altered: ({ messages }) => messages.altered,
  forward: verdictCount('forward'),
  reject: verdictCount('reject'),
  withhold: verdictCount('withhold'),
  defer: verdictCount('defer'),
  refuse: verdictCount('refuse'),
} as const satisfies Record<string, (report: Measured) => number | undefined>

const OTHERS = ['rate', 'late'] as const
const DIRECTIONS = ['southbound', 'northbound'] as const
const NAMES = [...Object.keys(LATENCIES), ...Object.keys(COUNTS), ...OTHERS]
const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 }

type Operator = '>' | '>=' | '<' | '<='

export interface Threshold {
  /** As it was written. */
  readonly text: string
  readonly metric: string
  readonly operator: Operator
  readonly bound: number
  readonly unit: Judged['unit']
  readonly direction: (typeof DIRECTIONS)[number] | undefined
}

const SENTENCE =
  /^\s*(?:([a-z]+)\.)?([a-z][a-z0-9.]*?)\s*(>=|<=|>|<)\s*(\d{1,12}(?:\.\d{1,9})?)\s*(us|ms|s|%)?\s*$/

/** Collects thresholds from a repeated option. Anything but exactly one of the known sentences is a usage error. */
export function collectThresholds(text: string, before: readonly Threshold[] = []): readonly Threshold[] {
  return [...before, thresholdOf(text)]
}

function thresholdOf(text: string): Threshold {
  const [, place, metric, operator, bound, suffix = ''] = SENTENCE.exec(text) ?? []
  if (metric === undefined || operator === undefined)
    throw new InvalidArgumentError(`"${text}" is no threshold; give one like p99>5ms, wrong>0 or lost>0.1%.`)
  if (!NAMES.includes(metric)) throw unknown(text, metric, NAMES)
  const direction = DIRECTIONS.find((each) => each === place)
  if (place !== undefined && !direction) throw unknown(text, place, DIRECTIONS)
  const isTime = metric in LATENCIES || metric === 'late'
  if (isTime !== suffix in MS)
    throw new InvalidArgumentError(
      isTime ? `"${text}": say us, ms or s behind the number.` : `"${text}": ${metric} is no time.`,
    )
  if (suffix === '%' && metric === 'rate') throw new InvalidArgumentError(`"${text}": rate is no share.`)
  if (direction && !(metric in LATENCIES))
    throw new InvalidArgumentError(`"${text}": only latencies are told apart by direction.`)
  return {
    text: text.trim(),
    metric,
    operator: operator as Operator,
    bound: Number(bound) * (MS[suffix] ?? 1),
    unit: isTime ? 'ms' : metric === 'rate' ? '/s' : suffix === '%' ? '%' : '',
    direction,
  }
}

function unknown(text: string, name: string, known: readonly string[]): InvalidArgumentError {
  const meant = nearest(name, known)
  const advice = meant === undefined ? `give one of ${known.join(', ')}` : `did you mean ${meant}?`
  return new InvalidArgumentError(`"${text}": there is no ${name}; ${advice}`)
}

export function judge(threshold: Threshold, report: Measured): Judged {
  const value = measured(threshold, report)
  return {
    text: threshold.text,
    value: value ?? null,
    unit: threshold.unit,
    isCrossed: value === undefined || holds(value, threshold),
  }
}

function holds(value: number, { operator, bound }: Threshold): boolean {
  if (operator === '>') return value > bound
  if (operator === '<') return value < bound
  return operator === '>=' ? value >= bound : value <= bound
}

/** Undefined where nothing was measured. */
function measured({ metric, unit, direction }: Threshold, report: Measured): number | undefined {
  const latency = LATENCIES[metric]
  if (latency) return report.latencyMs[direction ?? 'all']?.[latency]
  if (metric === 'late') return report.latenessMs?.p99
  const { sent, answered } = report.messages
  if (metric === 'rate') return report.seconds > 0 ? answered / report.seconds : undefined
  const count = COUNTS[metric as keyof typeof COUNTS](report)
  if (unit === '') return count
  return count === undefined || sent === 0 ? undefined : (100 * count) / sent
}

function verdictCount(verdict: string) {
  return ({ outcomes }: Measured) =>
    outcomes.reduce((sum, outcome) => sum + (outcome.verdict === verdict ? outcome.messages : 0), 0)
}

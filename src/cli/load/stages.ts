/**
 * The rate of an open loop over time: stages that each go evenly from one rate to another, and from them when each message is
 * due. Nothing here looks at a clock.
 */
import { InvalidArgumentError } from 'commander'
import { durationOption } from '../shared-options.ts'

/** Part of a run in which the rate goes evenly from one figure to another; messages a second. */
export interface Stage {
  readonly seconds: number
  readonly from: number
  readonly to: number
}

/** When each message of a run is due. */
export interface Schedule {
  readonly messages: number
  /** Milliseconds after the start at which the message with this place, from 0, is due. */
  dueMs(place: number): number
}

/** The end of a stage as it is written: how long it is, and the rate it ends at. */
export interface StageEnd {
  readonly seconds: number
  readonly to: number
}

export const MOST_A_SECOND = 20_000
export const LONGEST_SECONDS = 3_600
const MOST_STAGES = 100

/** The reader of `30s:500,1m:2000,10s:0`: for each stage how long it takes to get from the rate before it to the one named. */
export function stagesOption(text: string): readonly StageEnd[] {
  const stages = text.split(',').map(stageEnd)
  if (stages.length <= MOST_STAGES) return stages
  throw new InvalidArgumentError(`there are ${stages.length} stages; give ${MOST_STAGES} at most.`)
}

function stageEnd(text: string): StageEnd {
  const [, time = '', rate = ''] = /^([^:]+):(\d{1,5}(?:\.\d{1,6})?)$/.exec(text) ?? []
  const to = Number(rate)
  if (rate === '' || to > MOST_A_SECOND)
    throw new InvalidArgumentError(
      `"${text}" is not TIME:RATE with a rate up to ${MOST_A_SECOND}; give one like 30s:500.`,
    )
  return { seconds: durationOption(time) / 1_000, to }
}

/** The stages one after the other; the first begins at `startRate`. */
export function stagesFrom(startRate: number, ends: readonly StageEnd[]): readonly Stage[] {
  return ends.map(({ seconds, to }, index) => ({ seconds, to, from: ends[index - 1]?.to ?? startRate }))
}

export function secondsOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, { seconds }) => sum + seconds, 0)
}

/** Messages that are due in the first `seconds`; a part of one counts as a part. */
export function dueWithin(stages: readonly Stage[], seconds: number): number {
  let [left, due] = [seconds, 0]
  for (const { seconds: length, from, to } of stages) {
    const part = Math.min(Math.max(left, 0), length)
    due += from * part + (((to - from) / length) * part * part) / 2
    left -= length
  }
  return due
}

export function scheduleOf(stages: readonly Stage[]): Schedule {
  let [startMs, due] = [0, 0]
  const begun = stages.map((stage) => {
    const before = { ...stage, startMs, due }
    startMs += stage.seconds * 1_000
    due += ((stage.from + stage.to) / 2) * stage.seconds
    return before
  })
  return {
    messages: Math.round(due),
    dueMs(place) {
      const stage = begun.findLast((each) => each.due <= place)
      return stage ? stage.startMs + 1_000 * secondsUntil(place - stage.due, stage) : 0
    },
  }
}

/** How long into the stage so many messages of it are due. Written so that no two nearly equal numbers are subtracted. */
function secondsUntil(messages: number, { seconds, from, to }: Stage): number {
  if (messages <= 0) return 0
  const gain = (to - from) / seconds
  return (2 * messages) / (from + Math.sqrt(Math.max(0, from * from + 2 * gain * messages)))
}

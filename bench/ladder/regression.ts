/** Whether the gateway has become dearer than when a result was last kept: its cost for each unit of the relay's, in pairs. */
import { readFileSync } from 'node:fs'
import { digits, type Spread, spreadText } from '../support/spread.ts'
import type { Machine } from './result.ts'
import type { Cells } from './table.ts'

/** CPU of a message for each unit of what the relay needed just before it, by rung, over the pairs. */
export type Ratios = Readonly<Record<string, Spread>>

export interface KeptRatios {
  readonly format: 1
  readonly keptAt: string
  readonly commit: string
  readonly machine: Machine
  readonly ratios: Ratios
}

/** How much more a ratio may be than the one kept, on the machine where that was kept and on any other. */
export const TOLERANCE = { here: 0.1, elsewhere: 0.25 } as const

/** Undefined where none has been kept; throws with the path when the file holds something else. */
export function readKept(path: string): KeptRatios | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const kept: unknown = JSON.parse(text)
  if (typeof kept === 'object' && kept !== null && 'ratios' in kept && 'machine' in kept)
    return kept as KeptRatios
  throw new Error(`${path} holds no ratios; measure some with --keep`)
}

/** What differs between two machines of all that costs depend on; empty: they are alike. */
export function unlike(a: Machine, b: Machine): string[] {
  return (['cpu', 'cores', 'node'] as const).filter((part) => a[part] !== b[part])
}

export interface Verdict {
  /** A line for each rung. */
  readonly table: Cells
  /** Rungs that are dearer by more than the tolerance. */
  readonly dearer: readonly string[]
}

/** A rung that was not kept is shown and judged by nothing. */
export function judged(now: Ratios, kept: Ratios, tolerance: number): Verdict {
  const lines = Object.entries(now).map(([rung, ratio]) => {
    const before = kept[rung]
    const change = before && ratio.median / before.median
    return { rung, ratio, before, change, isDearer: change !== undefined && change > 1 + tolerance }
  })
  const head = ['rung', 'CPU to that of the relay', 'kept', 'now / kept', '']
  const row = ({ rung, ratio, before, change, isDearer }: (typeof lines)[number]) => [
    rung,
    spreadText(ratio),
    before ? digits(before.median) : 'none',
    change === undefined ? '' : `× ${change.toFixed(2)}`,
    isDearer ? 'dearer' : change !== undefined && change < 1 - tolerance ? 'cheaper' : '',
  ]
  return {
    table: [head, ...lines.map(row)],
    dearer: lines.filter(({ isDearer }) => isDearer).map(({ rung }) => rung),
  }
}

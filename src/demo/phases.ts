/**
 * What the demo plays: messages of `fixtures/`, in three phases, each with the verdict it must get.
 *
 * The flag is set before the second phase and cleared before the third.
 */
import { readFile } from 'node:fs/promises'
import type { Direction } from '../core/duis/facts.ts'
import type { Verdict } from '../core/policy/verdict.ts'

export interface Step {
  readonly direction: Direction
  readonly message: Buffer
  readonly expected: Verdict['kind']
  /** A withheld message that answers a request: the requester gets a Response in its place. */
  readonly isReplaced: boolean
}

/** One phase: what is true while it plays. */
export interface Phase {
  readonly title: string
  readonly isRestricted: boolean
  readonly steps: readonly Step[]
}

type Line = readonly [file: string, expected: Verdict['kind'], extra?: 'replaced' | 'to the neighbour']

const PHASES: readonly {
  readonly title: string
  readonly isRestricted: boolean
  readonly lines: readonly Line[]
}[] = [
  {
    title: 'Nobody is Restricted',
    isRestricted: false,
    lines: [
      ['southbound/read-import-registers.xml', 'forward'],
      ['northbound/response-import-registers.xml', 'forward'],
    ],
  },
  {
    title: 'Its Suppliers have the household Restricted',
    isRestricted: true,
    lines: [
      ['southbound/read-import-registers.xml', 'reject'],
      ['southbound/trap-12-lower-case-eui.xml', 'reject'],
      ['southbound/read-profile-from-gas-proxy.xml', 'reject'],
      ['southbound/schedule-half-hourly-read.xml', 'reject'],
      ['southbound/network-data-gas.xml', 'reject'],
      ['southbound/network-data-electricity.xml', 'forward'],
      ['southbound/read-import-registers.xml', 'forward', 'to the neighbour'],
      ['southbound/top-up.xml', 'forward'],
      ['southbound/firmware-two-devices.xml', 'forward'],
      ['southbound/disable-supply-transform.xml', 'forward'],
      ['northbound/response-import-registers.xml', 'withhold', 'replaced'],
      ['northbound/scheduled-read.xml', 'withhold'],
      ['northbound/alert-billing.xml', 'withhold'],
      ['northbound/alert-supply-restored.xml', 'forward'],
      ['northbound/response-supply-status.xml', 'forward'],
      ['northbound/dcc-alert-power-outage.xml', 'forward'],
      ['malformed/trap-51-doctype.xml', 'refuse'],
    ],
  },
  {
    title: 'The flags are cleared',
    isRestricted: false,
    lines: [['southbound/read-import-registers.xml', 'forward']],
  },
]

const FIXTURES = new URL('../../fixtures/', import.meta.url)

/** Loads the messages. */
export function loadPhases(): Promise<Phase[]> {
  return Promise.all(
    PHASES.map(async ({ title, isRestricted, lines }) => ({
      title,
      isRestricted,
      steps: await Promise.all(lines.map(stepOf)),
    })),
  )
}

async function stepOf([file, expected, extra]: Line): Promise<Step> {
  const message = await readFile(new URL(file, FIXTURES))
  return {
    direction: file.startsWith('northbound/') ? 'northbound' : 'southbound',
    message: extra === 'to the neighbour' ? toTheNeighbour(message) : message,
    expected,
    isReplaced: extra === 'replaced',
  }
}

function toTheNeighbour(message: Buffer): Buffer {
  return Buffer.from(
    message.toString('utf8').replaceAll('00-0D-5C-AA-16-9A-00-E1', '00-0D-5C-AA-16-9A-00-E2'),
  )
}

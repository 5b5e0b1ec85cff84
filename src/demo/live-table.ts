/** The demo's table: one row a message, written as the gateway journals it. */
import { styleText } from 'node:util'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { JournalRecord } from '../core/journal/journal-record.ts'
import type { Table } from '../core/policy/table.ts'
import type { Journal } from '../journal/file-journal.ts'
import { labelOf } from './household.ts'
import type { Received } from './partner.ts'

export interface LiveTableOptions {
  readonly catalogue: Catalogue
  readonly table: Table
  readonly print: (line: string) => void
  readonly hasColours: boolean
}

const WIDTHS = { time: 12, way: 9, what: 44, device: 27, verdict: 9 } as const

/** A journal that shows every record, and keeps it in `kept`, so that decisions and reports of the demo can be looked up. */
export function liveTable(options: LiveTableOptions, kept: Journal): Journal {
  return {
    write(entry) {
      options.print(rowOf(entry.record, options))
      kept.write(entry)
    },
    get dropped() {
      return kept.dropped
    },
    get waitingBytes() {
      return kept.waitingBytes
    },
    close: () => kept.close(),
  }
}

/** The head of the table, to be printed once. */
export function tableHead(): string {
  return cells({ time: 'time', way: 'towards', what: 'message', device: 'Device', verdict: 'verdict' }, 'why')
}

/** A notice that a partner took, as a row of the table. */
export function noticeRow({ kind, device, isRepeat }: Omit<Received, 'id' | 'sequence' | 'body'>): string {
  const what = {
    time: new Date().toISOString().slice(11, 23),
    way: '→ CSP',
    what: `notice: ${kind}${isRepeat ? ', once more' : ''}`,
  }
  const about = device === undefined ? '-' : labelOf(device)
  return cells({ ...what, device: about, verdict: 'delivered' }, 'its signature is good')
}

function rowOf(record: JournalRecord, { catalogue, table, hasColours }: LiveTableOptions): string {
  const [first, ...others] = record.devices
  const device =
    first === undefined ? '-' : `${labelOf(first)}${others.length > 0 ? ` +${others.length}` : ''}`
  const verdict = record.verdict ?? 'refuse'
  const row = cells(
    {
      time: record.time.slice(11, 23),
      way: record.direction === 'southbound' ? '↓ DSP' : '↑ User',
      what: whatItIs(record, catalogue),
      device,
      verdict,
    },
    whyOf(record, table),
  )
  return hasColours && verdict !== 'forward' ? styleText('yellow', row) : row
}

function cells(columns: Readonly<Record<keyof typeof WIDTHS, string>>, last: string): string {
  const padded = (Object.keys(WIDTHS) as (keyof typeof WIDTHS)[]).map((name) =>
    fitted(columns[name], WIDTHS[name]),
  )
  return [...padded, last].join('  ')
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
}

/** `4.1.1 Read Instantaneous Import Registers` for the first code that has a name. */
function whatItIs(
  { codes, kind, direction }: JournalRecord,
  { bySrv, alerts, dccAlerts }: Catalogue,
): string {
  if (kind === 'unreadable') return 'not a DUIS message'
  const [code = ''] = codes
  const name = bySrv.get(code)?.name ?? alerts.get(code)?.name ?? dccAlerts.get(code)?.name ?? ''
  const isAnswer = direction === 'northbound' && bySrv.has(code)
  return `${isAnswer ? 'answer to ' : ''}${code || kind} ${name}`.trimEnd()
}

function whyOf({ flag, fault, rule, class: rowClass, verdict }: JournalRecord, table: Table): string {
  if (fault !== undefined) return fault
  if (flag === 'not-needed') return `passes whatever the flag: ${rowClass ?? rule}`
  if (verdict === 'forward')
    return flag === 'restricted' ? 'its condition does not hold' : 'nobody concerned is Restricted'
  return `Restricted. ${table.rows.find((row) => row.id === rule)?.why ?? rule}`
}

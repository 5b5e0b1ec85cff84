/**
 * What the flag can touch: the SRVs of which a list stops a Service Request or an answer for some Restricted Device. By the rows of
 * the list, as the closure of a table finds it by asking `decide`; a test holds the two together.
 */
import { NEVER_BLOCK_CLASSES } from '../policy/row-class.ts'
import type { TableData, TableDefaults, TableRow } from '../policy/table.ts'

/** What is asked of a list. */
export type StoppingRules = Pick<TableData, 'rows'> & {
  readonly defaults: Pick<TableDefaults, 'unknownReadingSrv'> & Partial<Pick<TableDefaults, 'unknownSrv'>>
}

/** Whether any of the lists can stop a message of the SRV, always or in part. */
export function stoppableBy(lists: readonly StoppingRules[]): (srv: string) => boolean {
  const tests = lists.map(stoppableByOne)
  return (srv) => tests.some((test) => test(srv))
}

function stoppableByOne({ rows, defaults }: StoppingRules): (srv: string) => boolean {
  const bySrv = new Map(rows.flatMap((row) => row.srv.map((srv) => [srv, row])))
  return (srv) => {
    const row = bySrv.get(srv)
    if (row) return canStop(row)
    const rule = srv.startsWith('4.') ? defaults.unknownReadingSrv : defaults.unknownSrv
    return rule?.action === 'block'
  }
}

function canStop({ class: rowClass, mode, action, otherwise }: TableRow): boolean {
  if (mode === 'shadow' || NEVER_BLOCK_CLASSES.some((name) => name === rowClass)) return false
  return action !== 'pass' || otherwise === 'block'
}

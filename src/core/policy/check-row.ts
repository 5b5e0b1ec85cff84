/**
 * The problems of one row of a table: what it may say, and what it must say when it says something else.
 */
import { LOGS_TO_READ } from '../duis/facts.ts'
import { canBlock } from './conditions.ts'
import { isNeverBlocked } from './row-class.ts'
import type { RowConditions, TableProblem, TableRow } from './table.ts'

/** Every problem of this row that can be seen without looking at the others. */
export function rowProblems(row: TableRow): TableProblem[] {
  const texts = CHECKS.flatMap((check) => check(row))
  return texts.map((text) => ({ where: row.id, text }))
}

/** One rule about rows: the problems it finds, each saying what to do. */
type Check = (row: TableRow) => string[]

const CHECKS: readonly Check[] = [
  namesSomething,
  onlyObservesPayloads,
  keepsNeverBlockedClassesOpen,
  leavesAsInnerToSchedules,
  pairsConditionsWithOtherwise,
  hasMeaningfulConditions,
  conditionsCanHold,
  paymentModeBelongsTo16,
  logToReadBelongsTo613,
  saysWhatNotKnowingMeans,
  countsOnlyPassingAlerts,
  givesOneReasonForACode,
  shadowsOnlyBlocks,
]

function namesSomething(row: TableRow): string[] {
  const named = [row.srv, row.alert, row.dccAlert, row.dccAlertPayload]
  const isEmpty = named.every((codes) => codes.length === 0)
  return isEmpty ? ['the row names no SRV, Device Alert or DCC Alert; add some, or take the row out'] : []
}

/** A DCC Alert is stopped or passed by its code and by what it wraps; its payload only says what happened. */
function onlyObservesPayloads(row: TableRow): string[] {
  if (row.dccAlertPayload.length === 0) return []
  if (row.action !== 'pass' || row.otherwise !== undefined)
    return [
      'dccAlertPayload is for rows that pass without conditions: it only observes; give it a row of its own',
    ]
  if (row.observe.length === 0)
    return ['dccAlertPayload says nothing without observe; add it, or take it out']
  return []
}

function keepsNeverBlockedClassesOpen(row: TableRow): string[] {
  if (!isNeverBlocked(row.class) || !canBlock(row)) return []
  return [`class ${row.class} is never blocked; set the action to pass, or correct the class`]
}

function leavesAsInnerToSchedules(row: TableRow): string[] {
  if (row.action !== 'as-inner') return []
  const problems: string[] = []
  if (row.srv.join() !== '5.1' || row.alert.length > 0 || row.dccAlert.length > 0)
    problems.push('as-inner is for SRV 5.1 alone, which carries another SRV; give 5.1 a row of its own')
  if (givenConditions(row.when).length > 0)
    problems.push('as-inner takes no conditions: the scheduled SRV has its own row; take when out')
  return problems
}

function pairsConditionsWithOtherwise(row: TableRow): string[] {
  const isConditional = givenConditions(row.when).length > 0
  if (isConditional && row.otherwise === undefined)
    return ['conditions need otherwise: say pass or block for when they do not hold']
  if (!isConditional && row.otherwise !== undefined)
    return ['otherwise needs conditions: add when, or take otherwise out']
  if (isConditional && row.otherwise === row.action)
    return [`action and otherwise are both ${row.action}, so the conditions change nothing; take them out`]
  return []
}

function hasMeaningfulConditions(row: TableRow): string[] {
  const { deviceType, paymentMode, commandVariant, logToRead } = row.when
  const lists = { deviceType, paymentMode, commandVariant, logToRead }
  return Object.entries(lists)
    .filter(([, list]) => list?.length === 0)
    .map(([name]) => `${name} is an empty list, which nothing meets; list a value, or take it out`)
}

function conditionsCanHold(row: TableRow): string[] {
  const { direction, commandVariant, paymentMode } = row.when
  const namesAlerts = row.alert.length > 0 || row.dccAlert.length > 0
  const problems: string[] = []
  if (namesAlerts && direction !== undefined)
    problems.push('alerts only travel northbound, so a direction says nothing about them; split the row')
  if (namesAlerts && commandVariant !== undefined)
    problems.push('alerts have no commandVariant; split the row, or take the condition out')
  if (direction === 'northbound' && (commandVariant ?? paymentMode) !== undefined)
    problems.push(
      'only southbound Requests have a commandVariant or paymentMode; set direction to southbound',
    )
  if (commandVariant?.some((variant) => !(variant >= 1 && variant <= 8)))
    problems.push('a commandVariant is a number from 1 to 8')
  return problems
}

function paymentModeBelongsTo16(row: TableRow): string[] {
  const { paymentMode } = row.when
  if (paymentMode === undefined) return []
  const problems: string[] = []
  if (row.srv.join() !== '1.6' || row.alert.length > 0 || row.dccAlert.length > 0)
    problems.push('only SRV 1.6 has a paymentMode; give 1.6 a row of its own')
  if (paymentMode.includes('credit') && paymentMode.includes('prepayment'))
    problems.push('every mode is listed, so otherwise is never reached; take paymentMode out')
  return problems
}

function logToReadBelongsTo613(row: TableRow): string[] {
  const { logToRead } = row.when
  if (logToRead === undefined) return []
  const problems: string[] = []
  if (row.srv.join() !== '6.13' || row.alert.length > 0 || row.dccAlert.length > 0)
    problems.push('only SRV 6.13 has a logToRead; give 6.13 a row of its own')
  if (LOGS_TO_READ.every((log) => logToRead.includes(log)))
    problems.push('every log is listed, so the condition always holds; take logToRead out')
  return problems
}

function saysWhatNotKnowingMeans(row: TableRow): string[] {
  const given = { onUnknown: row.onUnknown, onStale: row.onStale }
  return Object.entries(given).flatMap(([name, value]) => {
    if (canBlock(row) && value === undefined)
      return [`a row that can block must say ${name}; defer is the careful choice`]
    if (!canBlock(row) && value !== undefined)
      return [`${name} has no effect on a row that never looks at the flag; take it out`]
    return []
  })
}

function countsOnlyPassingAlerts(row: TableRow): string[] {
  if (row.alarmAbove === undefined) return []
  const isOfAlerts = row.alert.length > 0 && row.srv.length + row.dccAlert.length === 0
  return isOfAlerts && !canBlock(row)
    ? []
    : ['alarmAbove counts Device Alerts that pass; take it out, or give them a row of their own']
}

function givesOneReasonForACode({ carries = [] }: TableRow): string[] {
  const codes = carries.flatMap((reason) => reason.codes)
  const repeated = codes.filter((code, index) => codes.indexOf(code) < index)
  return [...new Set(repeated)].map((code) => `carries gives two reasons for ${code}; keep one`)
}

function shadowsOnlyBlocks(row: TableRow): string[] {
  const isIdle = row.mode === 'shadow' && !canBlock(row)
  return isIdle ? ['mode shadow has no effect on a row that only passes; take it out'] : []
}

function givenConditions(when: RowConditions): unknown[] {
  return Object.values(when).filter((condition) => condition !== undefined)
}

/**
 * A journal record as a line of JSON, written out by hand: the general writer takes twice the time, for every message.
 * What is read back is the same (test/gateway/journal-line.test.ts).
 */
import type { JournalRecord } from './record.ts'

/** The record as JSON without the end of its line; fields that are undefined are left out. */
export function lineOf(record: JournalRecord): string {
  const { ms, shadow } = record
  return (
    `{"decision":"${record.decision}","time":"${record.time}","direction":"${record.direction}"` +
    `,"part":"${record.part}","kind":"${record.kind}","codes":${list(record.codes)}` +
    `,"devices":${list(record.devices)},"deviceCount":${record.deviceCount}` +
    text('user', record.user) +
    text('requestId', record.requestId) +
    text('verdict', record.verdict) +
    text('rule', record.rule) +
    text('class', record.class) +
    text('tableRevision', record.tableRevision) +
    text('flag', record.flag) +
    text('flagDevice', record.flagDevice) +
    number('flagVersion', record.flagVersion) +
    number('flagAgeMs', record.flagAgeMs) +
    `,"events":${list(record.events)},"alarms":${list(record.alarms)}` +
    (shadow ? `,"shadow":${JSON.stringify(shadow)}` : '') +
    `,"bytes":${record.bytes},"outcome":"${record.outcome}"` +
    text('fault', record.fault) +
    number('status', record.status) +
    number('peerStatus', record.peerStatus) +
    text('substitute', record.substitute) +
    `,"ms":{"total":${ms.total},"hold":${ms.hold},"decide":${ms.decide},"peer":${ms.peer}}}`
  )
}

function text(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`
}

function number(name: string, value: number | undefined): string {
  if (value === undefined) return ''
  return `,"${name}":${Number.isFinite(value) ? value : 'null'}`
}

function list(values: readonly string[]): string {
  if (values.length === 0) return '[]'
  let members = quoted(values[0] ?? '')
  for (let i = 1; i < values.length; i++) members += `,${quoted(values[i] ?? '')}`
  return `[${members}]`
}

/** Text that JSON writes as it is. */
const PLAIN = /^[\w:.,/ +-]*$/

function quoted(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value)
}

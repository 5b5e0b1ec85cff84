/** The detail of an audit entry in words: names and values as people say them, times in UK time, nothing of their notation. */
import { instantOf } from '../../core/device/device.ts'
import { CHAIN_FAULT_WORDS } from '../../core/restriction/audit-chain.ts'
import { dayText, timeText } from './times.ts'
import { CLEAR_REASON_WORDS, FUEL_NAMES, STEP_WORDS, TASK_WORDS } from './wording.ts'

const NAMES: Readonly<Record<string, string>> = {
  mpxn: 'Meter point',
  meter: 'Meter',
  members: 'Devices',
  from: 'From',
  until: 'Until',
  version: 'Version of the flag',
  isClosed: 'Closed by decommissioning',
  isLastResort: 'A last resort',
  isCreditMode: 'In credit mode',
  steps: 'Steps taken',
  date: 'Preference recorded',
  onBehalfOf: 'For the Supplier',
  clearReason: 'Why it ended',
  dueAt: 'To be answered by',
  clearAt: 'Clears at',
  inForceAt: 'In force from',
  srvs: 'Service Requests',
  restrictedSince: 'Restricted since',
  rules: 'Refused by the rules',
  index: 'At entry',
}

const WORDS: Readonly<Record<string, string>> = {
  ...CHAIN_FAULT_WORDS,
  malformed: 'a line is not a checkpoint',
  forged: 'a checkpoint was not signed by the key',
  'no-key': 'there is no key',
  'wrong-key': 'the key is not one',
  unreadable: 'the checkpoints or their key cannot be read',
  ...STEP_WORDS,
  ...CLEAR_REASON_WORDS,
  ...FUEL_NAMES,
  ...Object.fromEntries(Object.entries(TASK_WORDS).map(([kind, { title }]) => [kind, title])),
}

/** Each fact with its name; what is empty or unknown is left out, and what is within a value stands beside it. */
export function detailWords(
  detail: Readonly<Record<string, unknown>>,
): readonly (readonly [name: string, value: string])[] {
  return Object.entries(detail).flatMap(([name, value]) => {
    if (isRecord(value)) return detailWords(value)
    const text = valueWords(value)
    return text === '' ? [] : [[NAMES[name] ?? nameWords(name), text] as const]
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/

function valueWords(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(valueWords).join('; ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return value.toLocaleString('en-GB')
  if (isRecord(value))
    return detailWords(value)
      .map((fact) => fact.join(': '))
      .join(', ')
  const text = String(value)
  if (ISO_DAY.test(text)) return dayText(text)
  return ISO_TIME.test(text) ? timeText(instantOf(Date.parse(text))) : (WORDS[text] ?? text)
}

/** `deviceType` as `Device type`. */
function nameWords(name: string): string {
  const words = name.replaceAll(
    /([a-z])([A-Z])/g,
    (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  )
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

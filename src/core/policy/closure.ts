/**
 * Whether a list follows from what answers and alerts hold: what carries consumption, behaviour or financial items is stopped,
 * what is stopped carries one, and where that is not so the row says why in `carries`.
 *
 * What the list does is asked of `decide`, with a Restricted Device of each type, for each log and both ways.
 */
import type { Catalogue } from '../catalogue/catalogue.ts'
import {
  type DataClass,
  type DataItem,
  type DataItems,
  PROTECTED_CLASSES,
  SURENESS,
  type Sureness,
} from '../catalogue/data-items.ts'
import { DEVICE_TYPES, type DeviceType } from '../device/device.ts'
import type { Direction } from '../duis/facts.ts'
import type { Table, TableRow } from './table.ts'
import { type GivenMessage, ORDINARY_MESSAGE, verdictOn } from './table-tests.ts'

type SubjectKind = 'SRV' | 'Device Alert' | 'DCC Alert' | 'DCC Alert payload'

/** An answer, alert or payload, or the part of it that depends on the Device or the log. */
interface Subject {
  readonly kind: SubjectKind
  readonly code: string
  /** Absent: it holds the same whatever the Device and the log. */
  readonly when: DataItem['when']
  readonly items: readonly DataItem[]
}

/** How surely a subject carries what is protected; `no`: it does not. */
type Carrying = Sureness | 'no'

/** `partly`: one way only, or of some Devices. */
export type Stopping = 'always' | 'partly' | 'never'

/**
 * - `follows`: it carries such items and is always stopped, or carries none and never is.
 * - `stated`: neither, or it is a hint only, and the row says why.
 * - `unstated`: the same, and the row does not say why.
 */
type Conclusion = 'follows' | 'stated' | 'unstated'

export interface Closure extends Subject {
  readonly name: string
  /** The row that decides; absent when none names the code. */
  readonly row: TableRow | undefined
  /** How surely it holds items of each class, the surest item of each. */
  readonly classes: Readonly<Partial<Record<DataClass, Sureness>>>
  readonly carrying: Carrying
  readonly stopping: Stopping
  /** What the row says in `carries`. */
  readonly reason: string | undefined
  readonly conclusion: Conclusion
}

/** Every SRV, Device Alert, DCC Alert and DCC Alert payload, those that depend on Device or log in parts. */
export function closureOf(table: Table, catalogue: Catalogue, { items }: DataItems): Closure[] {
  const byCode = Map.groupBy(items, ({ of }) => of)
  const { serviceRequests, deviceAlerts, dccAlerts, dccAlertPayloads } = catalogue.data
  const subjects: (readonly [SubjectKind, code: string, name: string])[] = [
    ...serviceRequests.map(({ srv, name }) => ['SRV', srv, name] as const),
    ...deviceAlerts.map(({ code, name }) => ['Device Alert', code, name] as const),
    ...dccAlerts.map(({ code, name }) => ['DCC Alert', code, name] as const),
    ...dccAlertPayloads.map(({ element }) => ['DCC Alert payload', element, ''] as const),
  ]
  return subjects.flatMap(([kind, code, name]) =>
    partsOf(kind, code, byCode.get(code) ?? []).map((part) => ({ ...concluded(table, part), name })),
  )
}

/** Devices that an answer may come from in ways of their own. */
const METERS: readonly DeviceType[] = ['ESME', 'GSME', 'GPF']

/** One part for each condition that items have, and one for meters that no condition names; what has none is in every part. */
function partsOf(kind: SubjectKind, code: string, items: readonly DataItem[]): Subject[] {
  const always = items.filter(({ when }) => when === undefined)
  const parts = Map.groupBy(
    items.filter(({ when }) => when !== undefined),
    ({ when }) => JSON.stringify(when),
  )
  if (parts.size === 0) return [{ kind, code, when: undefined, items: always }]
  const named = [...parts.values()].map((own) => ({
    kind,
    code,
    when: own[0]?.when,
    items: [...always, ...own],
  }))
  const others = METERS.filter((type) => !named.some(({ when }) => when?.deviceType?.includes(type) ?? true))
  return others.length === 0 ? named : [...named, { kind, code, when: { deviceType: others }, items: always }]
}

function concluded(table: Table, subject: Subject): Omit<Closure, 'name'> {
  const row = rowOf(table, subject)
  const classes = surestOf(subject.items)
  const carrying = carryingOf(classes)
  const stopping = stoppingOf(table, subject)
  const reason = reasonOf(table, subject)
  const follows = carrying === 'no' ? stopping === 'never' : carrying !== 'unsure' && stopping === 'always'
  const conclusion = follows ? 'follows' : reason === undefined ? 'unstated' : 'stated'
  return { ...subject, row, classes, carrying, stopping, reason, conclusion }
}

function surestOf(items: readonly DataItem[]): Closure['classes'] {
  const surest: Partial<Record<DataClass, Sureness>> = {}
  for (const { classes } of items)
    for (const [name, sureness] of Object.entries(classes) as [DataClass, Sureness][])
      if (SURENESS.indexOf(sureness) < indexOf(surest[name])) surest[name] = sureness
  return surest
}

function carryingOf(classes: Closure['classes']): Carrying {
  const found = PROTECTED_CLASSES.map((name) => indexOf(classes[name]))
  return SURENESS[Math.min(...found)] ?? 'no'
}

function indexOf(sureness: Sureness | undefined): number {
  return sureness === undefined ? SURENESS.length : SURENESS.indexOf(sureness)
}

function rowOf({ bySrv, byAlert, byDccAlert, rows }: Table, { kind, code }: Subject): TableRow | undefined {
  switch (kind) {
    case 'SRV':
      return bySrv.get(code)
    case 'Device Alert':
      return byAlert.get(code)
    case 'DCC Alert':
      return byDccAlert.get(code)
    case 'DCC Alert payload':
      return rows.find(({ carries }) => carries?.some(({ codes }) => codes.includes(code)))
  }
}

function reasonOf(table: Table, subject: Subject): string | undefined {
  return rowOf(table, subject)?.carries?.find(({ codes }) => codes.includes(subject.code))?.why
}

/** A payload may come under any DCC Alert code, so it is stopped only where all of them are. */
function stoppingOf(table: Table, subject: Subject): Stopping {
  const messages =
    subject.kind === 'DCC Alert payload'
      ? [...table.byDccAlert.keys()].map((code) => messageOf({ ...subject, kind: 'DCC Alert', code }))
      : messagesOf(subject)
  const stopped = messages.filter((given) => verdictOn(table, given).kind !== 'forward').length
  if (stopped === 0) return 'never'
  if (stopped === messages.length) return 'always'
  return subject.kind === 'DCC Alert payload' ? 'never' : 'partly'
}

/** The subject both ways where it has two, of each type of Device that it is about. */
function messagesOf(subject: Subject): GivenMessage[] {
  const directions: (Direction | undefined)[] =
    subject.kind === 'SRV' ? ['southbound', 'northbound'] : [undefined]
  const types: readonly (DeviceType | undefined)[] = subject.when?.deviceType ?? DEVICE_TYPES
  return directions.flatMap((direction) => types.map((type) => messageOf(subject, direction, type)))
}

function messageOf(
  { kind, code, when }: Subject,
  direction?: Direction,
  deviceType?: DeviceType,
): GivenMessage {
  return {
    ...ORDINARY_MESSAGE,
    srv: kind === 'SRV' ? [code] : [],
    alert: kind === 'Device Alert' ? [code] : [],
    dccAlert: kind === 'DCC Alert' ? [code] : [],
    direction,
    deviceType,
    flag: 'restricted',
    logToRead: when?.logToRead,
  }
}

/** `Event of ESME`; empty for a subject that holds the same whatever the Device and the log. */
export function partOf({ when }: Pick<Closure, 'when'>): string {
  if (!when) return ''
  const log = when.logToRead === undefined ? '' : `log ${when.logToRead} `
  return `${log}of ${when.deviceType?.join(', ') ?? 'any Device'}`
}

/** The classes that are protected, surest first as the file has them: `consumption, behaviour (likely)`. */
export function protectedWords({ classes }: Pick<Closure, 'classes'>): string {
  return PROTECTED_CLASSES.flatMap((name) => {
    const sureness = classes[name]
    if (sureness === undefined) return []
    return [sureness === 'sure' ? name : `${name} (${sureness})`]
  }).join(', ')
}

export const STOPPING_WORDS: Readonly<Record<Stopping, string>> = {
  always: 'stopped',
  partly: 'stopped in part',
  never: 'passed',
}

/** Why the list does what it does: `stopped, because it carries consumption.` */
export function conclusionOf(closure: Closure): string {
  const { stopping, conclusion, reason } = closure
  const carries = protectedWords(closure) || 'nothing that is protected'
  const what = STOPPING_WORDS[stopping]
  if (conclusion === 'follows') return `${what}, because it carries ${carries}.`
  return `${what}, and carries ${carries}. ${reason ?? 'The row does not say why.'}`
}

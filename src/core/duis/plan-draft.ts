/**
 * The reading plan while it is being written: nodes by step (`sr:` unless written `ra:` or `ds:`), made as paths are added,
 * and the parts that more than one kind of message has.
 */
import type { DevicePath, DevicePathForm } from '../catalogue/catalogue.ts'
import type { StartMarks, UnknownChild, ValueUse } from './path-node.ts'
import { DS, RA, SR } from './xml-namespaces.ts'

/** A node while the plan is being written. */
export interface Draft {
  name: string
  namespace: number
  rank: number
  isRequired: boolean
  value?: ValueUse
  marks?: StartMarks
  unknown: UnknownChild
  unknownRank: number
  children: Map<string, Draft>
}

export type DraftOptions = Readonly<
  Partial<Pick<Draft, 'rank' | 'isRequired' | 'value' | 'marks' | 'unknown' | 'unknownRank'>>
>

const NAMESPACES = new Map([
  ['ra', RA],
  ['ds', DS],
])

export function draft(step: string, options: DraftOptions = {}): Draft {
  const [name = '', prefix = 'sr'] = step.split(':').reverse()
  return {
    name,
    namespace: NAMESPACES.get(prefix) ?? SR,
    ...{ rank: 0, isRequired: false, unknown: 'ignore', unknownRank: 0 },
    ...options,
    children: new Map(),
  }
}

/** Adds `path` below `parent`, making the nodes in between; options go to the last one. */
export function add(parent: Draft, path: string, options: DraftOptions = {}): Draft {
  let node = parent
  for (const step of path.split('/')) {
    let child = node.children.get(step)
    if (!child) {
      child = draft(step)
      node.children.set(step, child)
    }
    node = child
  }
  Object.assign(node, { ...options, marks: { ...node.marks, ...options.marks } })
  return node
}

/** Adds a path that names Devices; two forms at one path are both taken. */
export function addDevices(
  parent: Draft,
  path: string,
  form: DevicePathForm,
  swapped?: DevicePath['swapped'],
): void {
  const node = add(parent, path)
  const forms = node.value?.as === 'devices' ? node.value.forms : []
  node.value = { as: 'devices', forms: [...forms, form], swapped }
}

/** A payload whose GBCS header is read. */
export const GBCS: DraftOptions = { value: { as: 'gbcs' } }

/** Children of every alert message. */
export const THROTTLE = ['ThrottledAlertSequenceId', 'ThrottledAlertCount']

/** Adds children in XSD order; each may stand once. Elements of a later version may stand anywhere between them. */
export function addHeader(parent: Draft, children: readonly (readonly [string, DraftOptions])[]): void {
  const header = add(parent, 'Header', { rank: 1, isRequired: true, unknown: 'field' })
  children.forEach(([name, options], index) => {
    add(header, name, { rank: index + 1, ...options })
  })
}

export const required = (value: ValueUse): DraftOptions => ({ isRequired: true, value })

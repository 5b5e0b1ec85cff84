/**
 * Trees that are no longer quite legal: children left out, doubled or out of order, values that mean something else,
 * decoys and names that mean something at another place.
 */
import { ESME, RA, SR, USER } from '../../fixtures/message.ts'
import type { Random } from './random.ts'
import type { MadeElement } from './tree.ts'

/** Names that mean something at one place and must mean nothing at another. */
const CONFUSING = [
  'Request',
  'Response',
  'Header',
  'Body',
  'RequestID',
  'ResponseID',
  'DeviceID',
  'OtherDeviceID',
  'DeviceIDList',
  'ServiceReference',
  'ServiceReferenceVariant',
  'AlertCode',
  'DCCAlertCode',
  'GBCSPayload',
  'ExecutionDateTime',
  'constructor',
  '__proto__',
]
const NAMESPACES = [SR, SR, RA, 'urn:x', '']
const VALUES = [
  '',
  ' ',
  '4.1.1',
  '4.1.1 ',
  '9.9',
  '8F0A',
  '8F0',
  '0x8F',
  '9999',
  'text',
  ESME,
  `${USER}:${ESME}:007`,
]

/** About as many elements as stand before those of the body. */
const HEAD = 12

type Change = (element: MadeElement, random: Random) => MadeElement

/** The tree with some disturbances, or with none. */
export function disturbed(tree: MadeElement, random: Random): MadeElement {
  let made = tree
  for (let times = random.pick([0, 1, 1, 2]); times > 0; times--) {
    const change = random.pick(CHANGES)
    const size = random.chance(0.5) ? Math.min(sizeOf(made), HEAD) : sizeOf(made)
    made = changedAt(made, random.below(size), (element) => change(element, random))
  }
  return made
}

const CHANGES: readonly Change[] = [
  (element, random) => ({ ...element, children: random.shuffled(element.children) }),
  (element, random) => ({ ...element, children: element.children.filter(() => random.chance(0.8)) }),
  (element, random) => ({
    ...element,
    children: element.children.flatMap((child) => (random.chance(0.2) ? [child, child] : [child])),
  }),
  (element, random) => (element.text ? withText(element, random.pick(VALUES)) : element),
  (element, random) => ({ ...element, name: random.pick(CONFUSING) }),
  (element, random) => ({ ...element, namespace: random.pick(NAMESPACES) }),
  (element) => ({ ...element, isMixed: true }),
  (element) => ({
    ...element,
    attributes: [...element.attributes, { name: 'a', value: '>4.1.1', isPadded: true }],
  }),
  withDecoy,
  withDecoy,
]

function withText(element: MadeElement, value: string): MadeElement {
  return { ...element, text: { value, isPadded: true, isBase64: false } }
}

function withDecoy(element: MadeElement, random: Random): MadeElement {
  if (element.text) return element
  const at = random.below(element.children.length + 1)
  return { ...element, children: element.children.toSpliced(at, 0, decoy(random)) }
}

function decoy(random: Random): MadeElement {
  const [name, namespace] = [random.pick(CONFUSING), random.pick(NAMESPACES)]
  const empty = { name, namespace, attributes: [], text: undefined, children: [], isMixed: false }
  return random.chance(0.3) ? { ...empty, children: [decoy(random)] } : withText(empty, random.pick(VALUES))
}

function sizeOf({ children }: MadeElement): number {
  return children.reduce((size, child) => size + sizeOf(child), 1)
}

/** The tree with its element of this number, counted in document order, changed. */
function changedAt(
  element: MadeElement,
  number: number,
  change: (element: MadeElement) => MadeElement,
): MadeElement {
  if (number === 0) return change(element)
  let left = number - 1
  const children = element.children.map((child) => {
    const size = sizeOf(child)
    const made = left >= 0 && left < size ? changedAt(child, left, change) : child
    left -= size
    return made
  })
  return { ...element, children }
}

/** Ways to spell a Device ID: those that mean the same ID to an XML processor, and those that mean none. */
import type { ReadFaultCode } from '../../src/core/duis/fault.ts'
import { DECOY, ESME } from '../fixtures/message.ts'

export interface Spelling {
  readonly name: string
  readonly spell: (eui: string) => string
  /** Placed before the document element. */
  readonly prolog?: string
  /** The fault instead of the plain verdict. */
  readonly fault?: ReadFaultCode
  /** The fault in a DeviceIDList, whose type does not collapse white space. */
  readonly faultInList?: ReadFaultCode
}

const half = (eui: string) => [eui.slice(0, 11), eui.slice(11)] as const

export const SPELLINGS: readonly Spelling[] = [
  { name: 'plain', spell: (eui) => eui },
  { name: 'lower case', spell: (eui) => eui.toLowerCase() },
  { name: 'mixed case', spell: (eui) => eui.replaceAll('A', 'a') },
  { name: 'a decimal character reference', spell: (eui) => eui.replace('5', '&#53;') },
  { name: 'a hexadecimal character reference', spell: (eui) => eui.replaceAll('-', '&#x2d;') },
  {
    name: 'a reference for every character',
    spell: (eui) => [...eui].map((character) => `&#${character.charCodeAt(0)};`).join(''),
  },
  { name: 'CDATA', spell: (eui) => `<![CDATA[${eui}]]>` },
  { name: 'CDATA in parts', spell: (eui) => `${half(eui)[0]}<![CDATA[${half(eui)[1]}]]>` },
  { name: 'a comment inside', spell: (eui) => half(eui).join(`<!--${DECOY}-->`) },
  { name: 'a processing instruction inside', spell: (eui) => half(eui).join(`<?x ${DECOY}?>`) },
  { name: 'white space around', spell: (eui) => `\n\t${eui}&#13; `, faultInList: 'DUIS_VALUE' },
  {
    name: 'an entity',
    spell: () => '&device;',
    prolog: `<!DOCTYPE sr:Request [<!ENTITY device "${ESME}">]>`,
    fault: 'XML_DOCTYPE',
  },
  { name: 'full-width digits', spell: (eui) => eui.replace('0', '\uFF10'), fault: 'DUIS_VALUE' },
  { name: 'a child element', spell: (eui) => half(eui).join('<sr:x/>'), fault: 'DUIS_STRUCTURE' },
  { name: 'white space inside', spell: (eui) => half(eui).join(' '), fault: 'DUIS_VALUE' },
]

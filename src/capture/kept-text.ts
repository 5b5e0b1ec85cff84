/**
 * Which text of a message stays when it is blanked: IDs, references and codes, each only in the form that it must have.
 * Where a form does not fit, the text goes, whatever the element is called.
 */

import { LOGS_TO_READ } from '../core/duis/facts.ts'
import type { ValueUse } from '../core/duis/path-node.ts'
import { resolveReferences } from '../core/duis/xml-references.ts'

const EUI = '(?:[0-9A-Fa-f]{2}-){7}[0-9A-Fa-f]{2}'
const REQUEST_ID = `${EUI}:${EUI}:[0-9]{1,20}`

const REFERENCE = /^[0-9]{1,3}(?:\.[0-9]{1,3}){1,3}$/
/** Longer codes than DUIS has are not worth what might hide in them. */
const HEX_CODE = /^[0-9A-Fa-f]{0,16}$/

/** Payloads, what nobody knows, and meter point numbers. */
type NeverKept = 'gbcs' | 'unknown-field' | 'later' | 'meter-point'

const FORMS: Readonly<Record<Exclude<ValueUse['as'], NeverKept>, RegExp>> = {
  'request-id': new RegExp(`^${REQUEST_ID}$`),
  'response-id': new RegExp(`^${REQUEST_ID}$`),
  'service-reference': REFERENCE,
  srv: REFERENCE,
  'command-variant': /^\+?[0-9]{1,8}$/,
  'response-code': /^[A-Z][0-9]{1,8}$/,
  'execution-date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?$/,
  'schedule-id': /^\+?[0-9]{1,13}$/,
  'schedule-end-date': /^\d{4}-\d\d-\d\d(?:Z|[+-]\d\d:\d\d)?$/,
  'log-request': /^(?:Add|Remove)$/,
  'alert-code': HEX_CODE,
  'message-code': HEX_CODE,
  'log-to-read': new RegExp(`^(?:${LOGS_TO_READ.join('|')})$`),
  'dcc-alert-code': /^[A-Z]{1,4}[0-9]{1,6}$/,
  devices: new RegExp(`^(?:${EUI}(?:,${EUI})*|${REQUEST_ID})$`),
}

/** Whether a value may stay; `text` is as written, with its references. */
export function mayStay(use: ValueUse, text: string): boolean {
  if (use.as === 'gbcs' || use.as === 'unknown-field' || use.as === 'later' || use.as === 'meter-point')
    return false
  return FORMS[use.as].test(resolveReferences(text).trim())
}

/** Words of text in the elements of a later version: what joins IDs stands between them. */
const WORD = /[^ \t\r\n,;:]+/g
const WHOLE_EUI = new RegExp(`^${EUI}$`)

/** Text with every word that is no Device ID blanked; of the same length. */
export function onlyDeviceIds(text: string): string {
  return text.replace(WORD, (word) => (WHOLE_EUI.test(word) ? word : '0'.repeat(word.length)))
}

/** Namespaces of DUIS and what it is signed with, and the one that schema locations stand in. */
const NAMESPACES = [
  'http://www.dccinterface.co.uk/ServiceUserGateway',
  'http://www.dccinterface.co.uk/ResponseAndAlert',
  'http://www.w3.org/2000/09/xmldsig#',
  'http://www.w3.org/XML/1998/namespace',
  'http://www.w3.org/2001/XMLSchema-instance',
]

/** What a SMETS1 payload says of itself (MMC XSD, GBCSDataType). */
const PAYLOAD_WORDS: Readonly<Record<string, RegExp>> = {
  format: /^(?:plain|encrypted)$/,
  type: /^(?:gbcs|dlms|zigbeePlain|zigbeeCiphered)$/,
}

/** Whether an attribute keeps its value: version of the schema, words about a payload, names of the namespaces that are known. */
export function mayAttributeStay(name: string, value: string): boolean {
  if (name === 'schemaVersion') return /^[+-]?[0-9]{0,4}\.?[0-9]{0,4}$/.test(resolveReferences(value).trim())
  if (PAYLOAD_WORDS[name]?.test(value)) return true
  return /^xmlns(?::|$)/.test(name) && NAMESPACES.includes(value)
}

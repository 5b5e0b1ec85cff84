/**
 * The DUIS Response with which the gateway answers in place of the DSP: an outcome without data.
 *
 * It carries what the requester needs to match it, a Response Code, and nothing else: no ResponseID, no payload, no
 * signature (DUIS XSD, type Response: all three are optional). It is valid against the DUIS XSD when the reference,
 * its variant and the code are in the XSD's enumerations; choosing them is the caller's business.
 */
import type { Instant } from '../device/device.ts'
import { isoTime } from '../device/iso-time.ts'
import { canonicalAttribute, canonicalText } from './signed-document.ts'

const DUIS_NAMESPACE = 'http://www.dccinterface.co.uk/ServiceUserGateway'

const BEFORE_VERSION = `<?xml version="1.0" encoding="UTF-8"?><sr:Response xmlns:sr="${DUIS_NAMESPACE}" schemaVersion="`

export interface ResponseContent {
  /** As the message had it; written in canonical decimal form. */
  readonly schemaVersion: string
  /** Left out of the document when undefined. */
  readonly requestId: string | undefined
  readonly serviceReference: string
  readonly serviceReferenceVariant: string
  readonly responseCode: string
  readonly at: Instant
}

/** The document as text, to be sent as UTF-8: a declaration, and the root element in canonical form. */
export function responseDocument(content: ResponseContent): string {
  const version = canonicalAttribute(canonicalDecimal(content.schemaVersion))
  const service =
    element('ServiceReference', content.serviceReference) +
    element('ServiceReferenceVariant', content.serviceReferenceVariant)
  const body = `<sr:Body><sr:ResponseMessage>${service}</sr:ResponseMessage></sr:Body>`
  return `${BEFORE_VERSION}${version}">${headerOf(content)}${body}</sr:Response>`
}

function headerOf({ requestId, responseCode, at }: ResponseContent): string {
  const request = requestId === undefined ? '' : element('RequestID', requestId)
  const outcome = element('ResponseCode', responseCode)
  return `<sr:Header>${request}${outcome}${element('ResponseDateTime', isoTime(at))}</sr:Header>`
}

function element(name: string, text: string): string {
  return `<sr:${name}>${canonicalText(text)}</sr:${name}>`
}

/** `05.40` and `5.4` are the same xs:decimal; text that is no decimal comes back as it is. */
export function canonicalDecimal(text: string): string {
  const parts = /^\s*([+-]?)0*(\d*)(?:\.(\d*?)0*)?\s*$/.exec(text)
  if (!parts) return text
  const [, sign, whole, fraction] = parts
  const digits = `${whole || '0'}${fraction ? `.${fraction}` : ''}`
  return sign === '-' && digits !== '0' ? `-${digits}` : digits
}

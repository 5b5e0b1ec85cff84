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

/** What many Responses of a gateway share. */
export interface ResponseSubject {
  /** As the message had it; written in canonical decimal form. */
  readonly schemaVersion: string
  readonly serviceReference: string
  readonly serviceReferenceVariant: string
  readonly responseCode: string
}

export interface ResponseContent extends ResponseSubject {
  /** Left out of the document when undefined. */
  readonly requestId: string | undefined
  readonly at: Instant
}

/** The Responses of one subject, written but for RequestID and time. */
export class ResponseForm {
  readonly #untilRequestId: string
  readonly #untilTime: string
  readonly #rest: string

  constructor({ schemaVersion, responseCode, serviceReference, serviceReferenceVariant }: ResponseSubject) {
    const version = canonicalAttribute(canonicalDecimal(schemaVersion))
    const service =
      element('ServiceReference', serviceReference) +
      element('ServiceReferenceVariant', serviceReferenceVariant)
    const body = `<sr:Body><sr:ResponseMessage>${service}</sr:ResponseMessage></sr:Body>`
    this.#untilRequestId = `${BEFORE_VERSION}${version}"><sr:Header>`
    this.#untilTime = `${element('ResponseCode', responseCode)}<sr:ResponseDateTime>`
    this.#rest = `</sr:ResponseDateTime></sr:Header>${body}</sr:Response>`
  }

  /** The document as text, to be sent as UTF-8: a declaration, and the root element in canonical form. */
  document(requestId: string | undefined, at: Instant): string {
    const request = requestId === undefined ? '' : element('RequestID', requestId)
    return `${this.#untilRequestId}${request}${this.#untilTime}${isoTime(at)}${this.#rest}`
  }
}

/** A Response whose form is used once. */
export function responseDocument(content: ResponseContent): string {
  return new ResponseForm(content).document(content.requestId, content.at)
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

/**
 * The DUIS Response with which the gateway answers in place of the DSP: an outcome without data.
 *
 * It carries what the requester needs to match it, a Response Code, and nothing else: no ResponseID, no payload, no
 * signature (DUIS XSD, type Response: all three are optional). It is valid against the DUIS XSD when the reference,
 * its variant and the code are in the XSD's enumerations; choosing them is the caller's business.
 */
import { XMLBuilder } from 'fast-xml-parser'
import type { Instant } from '../device/device.ts'
import { canonicalAttribute, canonicalText } from './signed-document.ts'

const DUIS_NAMESPACE = 'http://www.dccinterface.co.uk/ServiceUserGateway'

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

/** Escaping is done below: this would escape quotes in text too, which the canonical form has as they are. */
const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  suppressBooleanAttributes: false,
})

/** The document as text, to be sent as UTF-8: a declaration, and the root element in canonical form. */
export function responseDocument(content: ResponseContent): string {
  const { requestId } = content
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    'sr:Response': {
      '@xmlns:sr': DUIS_NAMESPACE,
      '@schemaVersion': canonicalAttribute(canonicalDecimal(content.schemaVersion)),
      'sr:Header': {
        ...(requestId === undefined ? {} : { 'sr:RequestID': canonicalText(requestId) }),
        'sr:ResponseCode': canonicalText(content.responseCode),
        'sr:ResponseDateTime': new Date(content.at).toISOString(),
      },
      'sr:Body': {
        'sr:ResponseMessage': {
          'sr:ServiceReference': canonicalText(content.serviceReference),
          'sr:ServiceReferenceVariant': canonicalText(content.serviceReferenceVariant),
        },
      },
    },
  })
}

/** `05.40` and `5.4` are the same xs:decimal; text that is no decimal comes back as it is. */
export function canonicalDecimal(text: string): string {
  const parts = /^\s*([+-]?)0*(\d*)(?:\.(\d*?)0*)?\s*$/.exec(text)
  if (!parts) return text
  const [, sign, whole, fraction] = parts
  const digits = `${whole || '0'}${fraction ? `.${fraction}` : ''}`
  return sign === '-' && digits !== '0' ? `-${digits}` : digits
}

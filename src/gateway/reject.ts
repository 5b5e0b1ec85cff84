/**
 * Answering a message that is stopped with a DUIS Response: the rejection southbound, the substitute northbound.
 */
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { Instant } from '../core/device/device.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import { canonicalDecimal, responseDocument } from '../core/duis/response-document.ts'
import type { Answer } from './answer.ts'

/** The Response Code that says "stopped", by DUIS version. */
export interface ResponseCodes {
  /** `E5` unless configured: the Device's status does not allow the Service Reference. */
  readonly default: string
  /** Canonical schemaVersion (`5.4`) to its own code. */
  readonly bySchemaVersion: Readonly<Record<string, string>>
}

export const DEFAULT_RESPONSE_CODES: ResponseCodes = { default: 'E5', bySchemaVersion: {} }

export interface RejectionWriter {
  readonly catalogue: Catalogue
  readonly responseCodes: ResponseCodes
  /** Signs a document; absent: Responses of the gateway go out unsigned. */
  readonly sign?: (document: string) => string
}

/** The rejection of a message; undefined when DUIS has no way to name what it asked for. */
export function reject(writer: RejectionWriter, facts: MessageFacts, at: Instant): Answer | undefined {
  const document = stoppedDocument(writer, facts, at)
  if (document === undefined) return undefined
  return { status: 200, fields: ['Content-Type', 'application/xml'], body: document, closes: false }
}

/**
 * The Response document for a stopped message, with its RequestID when it has one. Undefined when neither its
 * ServiceReferenceVariant nor any SRV it claims is in the enumeration, so that no valid document exists.
 */
export function stoppedDocument(
  writer: RejectionWriter,
  facts: MessageFacts,
  at: Instant,
): string | undefined {
  const named = namedService(writer.catalogue, facts)
  if (!named) return undefined
  const { responseCodes } = writer
  const { schemaVersion, requestId } = facts
  const responseCode = responseCodes.bySchemaVersion[canonicalDecimal(schemaVersion)] ?? responseCodes.default
  const document = responseDocument({ schemaVersion, requestId, responseCode, at, ...named })
  return writer.sign?.(document) ?? document
}

type NamedService = { readonly serviceReference: string; readonly serviceReferenceVariant: string }

function namedService(catalogue: Catalogue, facts: MessageFacts): NamedService | undefined {
  const { serviceReference, serviceReferenceVariant } = facts
  if (serviceReferenceVariant === undefined) return firstClaimed(catalogue, facts)
  const entry = catalogue.bySrv.get(serviceReferenceVariant)
  if (!entry) return undefined
  if (serviceReference !== undefined && !catalogue.serviceReferences.has(serviceReference)) return undefined
  return { serviceReference: serviceReference ?? entry.serviceReference, serviceReferenceVariant }
}

/** SMETS1 messages may leave the outer pair out and name the SRV further inside. */
function firstClaimed(catalogue: Catalogue, facts: MessageFacts): NamedService | undefined {
  for (const claim of facts.claims) {
    const entry = claim.type === 'srv' ? catalogue.bySrv.get(claim.srv) : undefined
    if (entry) return { serviceReference: entry.serviceReference, serviceReferenceVariant: entry.srv }
  }
  return undefined
}

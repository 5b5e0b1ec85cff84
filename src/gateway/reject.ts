/**
 * Answering a message that is stopped with a DUIS Response: the rejection southbound, the substitute northbound.
 */
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { Instant } from '../core/device/device.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import { canonicalDecimal, ResponseForm, type ResponseSubject } from '../core/duis/response-document.ts'
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
  return { status: 200, fields: FIELDS, body: document, closes: false }
}

const FIELDS: Answer['fields'] = ['Content-Type', 'application/xml']

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
  const document = formOf(writer, facts.schemaVersion, named).document(facts.requestId, at)
  return writer.sign?.(document) ?? document
}

interface KnownForm extends NamedService {
  readonly schemaVersion: string
  readonly form: ResponseForm
}

/** Forms by SRV, of each writer. */
const knownForms = new WeakMap<RejectionWriter, Map<string, readonly KnownForm[]>>()

/** Forms kept for one SRV: how a version is spelt is a sender's choice, and with more spellings than that it begins anew. */
const MOST_OF_AN_SRV = 16

function formOf(writer: RejectionWriter, schemaVersion: string, named: NamedService): ResponseForm {
  const byVariant = knownForms.get(writer) ?? new Map<string, readonly KnownForm[]>()
  const { serviceReference, serviceReferenceVariant } = named
  const known = byVariant.get(serviceReferenceVariant) ?? []
  for (const one of known)
    if (one.schemaVersion === schemaVersion && one.serviceReference === serviceReference) return one.form
  const { responseCodes } = writer
  const responseCode = responseCodes.bySchemaVersion[canonicalDecimal(schemaVersion)] ?? responseCodes.default
  const form = new ResponseForm({ schemaVersion, responseCode, ...named })
  const added = { ...named, schemaVersion, form }
  byVariant.set(serviceReferenceVariant, known.length < MOST_OF_AN_SRV ? [...known, added] : [added])
  knownForms.set(writer, byVariant)
  return form
}

type NamedService = Pick<ResponseSubject, 'serviceReference' | 'serviceReferenceVariant'>

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

/**
 * Why a message could not be read. Codes are stable and listed in docs/errors.md; match on the code, never on the text.
 */

/** `code` is what went wrong, `offset` the byte (from 0) at which reading stopped, `text` what and what to do. */
export interface ReadFault {
  readonly code: ReadFaultCode
  readonly text: string
  readonly offset: number
}

export const READ_FAULTS = {
  XML_ENCODING: 'the document is not UTF-8, or declares another encoding',
  XML_DOCTYPE: 'a DOCTYPE is never accepted',
  XML_MALFORMED: 'the document is not well-formed XML 1.0 with namespaces',
  XML_LIMIT: 'the document goes beyond a limit of depth, name, tag, attribute or value size',
  XML_INCOMPLETE: 'the document ended before its root element did',
  DUIS_ROOT: 'the root element is not the one this listener accepts',
  DUIS_STRUCTURE: 'an element stands where DUIS does not allow it, or is missing or repeated',
  DUIS_VALUE: 'a value does not have the form that DUIS gives it',
} as const

export type ReadFaultCode = keyof typeof READ_FAULTS

/**
 * The XML declaration: version 1.0, and an encoding that UTF-8 bytes can have (XML 1.0 §2.8, §4.3.3).
 */
import type { ReadFaultCode } from './fault.ts'
import { isSame } from './words.ts'
import { type ByteSource, viewOf } from './xml-window.ts'

export type DeclarationResult =
  | { readonly ok: true; readonly asciiOnly: boolean }
  | { readonly ok: false; readonly code: ReadFaultCode; readonly text: string }

const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])(1\.[0-9]+)\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][A-Za-z0-9._-]*)\3)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\5)?[ \t\r\n]*\?>$/

const UTF8: DeclarationResult = { ok: true, asciiOnly: false }
const USUAL = Buffer.from('<?xml version="1.0" encoding="UTF-8"?>')
const USUAL_VIEW = viewOf(USUAL)

/** Where the declaration at `at` ends when it is spelt as nearly all are, which says UTF-8; -1 when it is not. */
export function usualDeclarationEnd({ bytes, view }: ByteSource, at: number): number {
  const end = at + USUAL.length
  return end <= bytes.length && isSame(view, at, USUAL_VIEW, 0, USUAL.length) ? end : -1
}

/** Reads a whole declaration, from `<?xml` to `?>`. */
export function readDeclaration(text: string): DeclarationResult {
  const match = DECLARATION.exec(text)
  if (!match) return { ok: false, code: 'XML_MALFORMED', text: 'the XML declaration is not well formed' }
  const [, , version, , encoding = 'UTF-8'] = match
  if (version !== '1.0') {
    return { ok: false, code: 'XML_MALFORMED', text: `XML ${version} is declared; send XML 1.0` }
  }
  switch (encoding.toUpperCase()) {
    case 'UTF-8':
    case 'UTF8':
      return UTF8
    case 'US-ASCII':
    case 'ASCII':
      return { ok: true, asciiOnly: true }
    default:
      return { ok: false, code: 'XML_ENCODING', text: `encoding ${encoding} is declared; send UTF-8` }
  }
}

/**
 * Error pages: what a server in front of the DSP answers in its place. They pass although they cannot be read as DUIS, so
 * nothing may pass as one that somebody else could read as a DUIS document: by another encoding than the gateway's, by
 * references in place of letters, or by a document type that brings its own.
 */
import { IS_ASCII_CHARSET } from './gate.ts'

/** The authority in the DUIS namespaces. */
const DUIS = 'dccinterface'

/** Whether a reply that could not be read is an error page. Its fields have been looked at before. */
export function isErrorPage(status: number, body: Buffer): boolean {
  if (status < 400) return false
  const text = body.toString('latin1')
  return !hasOtherEncoding(text) && !OTHER_DOCTYPE.test(text) && !withoutReferences(text).includes(DUIS)
}

/** A NUL byte (UTF-16, UTF-32), the first bytes of UTF-16, UTF-7 and EBCDIC, or a declaration that names another. */
function hasOtherEncoding(text: string): boolean {
  if (text.includes('\0') || OTHER_SIGNATURE.test(text)) return true
  const [, declaration = ''] = XML_DECLARATION.exec(text) ?? []
  const [, , encoding = ''] = ENCODING.exec(declaration) ?? []
  return declaration.includes('encoding') && !IS_ASCII_CHARSET.test(encoding)
}

const OTHER_SIGNATURE = /^(?:\xfe\xff|\xff\xfe|\+\/v|Lo\xa7\x94)/
const XML_DECLARATION = /^(?:\xef\xbb\xbf)?<\?xml\s([^>]*)>/
const ENCODING = /\sencoding\s*=\s*(["'])(.*?)\1/

/** Any but that of a page, which declares nothing of its own. */
const OTHER_DOCTYPE = /<!DOCTYPE(?!\s+html(?:\s[^[>]*)?>)/i

/** The text with the letters that numeric references stand for. */
function withoutReferences(text: string): string {
  return text.replace(/&#(?:x([0-9a-f]+)|(\d+));/gi, (_, hexadecimal, decimal) =>
    letterOf(hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)),
  )
}

function letterOf(point: number): string {
  return point < 128 ? String.fromCharCode(point) : '?'
}

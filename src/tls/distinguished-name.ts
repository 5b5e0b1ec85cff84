/** Distinguished names as text (RFC 4514), as XML signatures name the issuer of a certificate. */
import { attributesOf } from './certificate.ts'
import { type DerElement, TAG } from './der.ts'

/** Types that RFC 4514 §3 names; others are written by their object identifier, their values as hex. */
const TYPES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.6': 'C',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
}

const TEXT_TAGS: readonly number[] = [TAG.utf8String, TAG.printableString, TAG.ia5String]

/** Most specific first. `name` is the encoded name. */
export function distinguishedName(name: DerElement): string {
  return attributesOf(name)
    .reverse()
    .map(({ oid, value }) => {
      const type = TYPES[oid]
      const isText = type !== undefined && TEXT_TAGS.includes(value.tag)
      return isText
        ? `${type}=${escaped(value.content.toString())}`
        : `${oid}=#${value.whole.toString('hex')}`
    })
    .join(',')
}

function escaped(text: string): string {
  return text
    .replace(/[\\",+;<>]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replaceAll('\0', '\\00')
}

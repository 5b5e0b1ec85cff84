/**
 * What a certificate says that Node does not tell: its names as they are encoded, and single attributes of its subject.
 *
 * Certificates are read by Node first; this never sees one that Node has refused.
 */
import type { X509Certificate } from 'node:crypto'
import { bitsOf, type DerElement, DerFault, DerReader, oidOf, readDer, serialOf, TAG } from './der.ts'

/** Parts of a certificate (RFC 5280 §4.1) as they are encoded. */
export interface CertificateParts {
  /** Upper-case hex without leading zeros. */
  readonly serial: string
  readonly issuer: DerElement
  readonly subject: DerElement
}

/** Throws DerFault. */
export function partsOf(certificate: X509Certificate): CertificateParts {
  const tbs = new DerReader(readDer(certificate.raw, TAG.sequence).content).into(TAG.sequence)
  tbs.optional(TAG.explicit0)
  const serial = serialOf(tbs.next(TAG.integer))
  tbs.next(TAG.sequence)
  const issuer = tbs.next(TAG.sequence)
  tbs.next(TAG.sequence)
  return { serial, issuer, subject: tbs.next(TAG.sequence) }
}

/** One attribute of a name. */
interface NameAttribute {
  readonly oid: string
  readonly value: DerElement
}

/** Attributes of a name in the order of the encoding. Throws DerFault. */
function attributesOf(name: DerElement): NameAttribute[] {
  const attributes: NameAttribute[] = []
  const sets = new DerReader(name.content)
  while (!sets.isAtEnd) {
    const set = sets.into(TAG.set)
    while (!set.isAtEnd) {
      const pair = set.into(TAG.sequence)
      attributes.push({ oid: oidOf(pair.next(TAG.oid)), value: pair.next() })
      pair.end()
    }
  }
  return attributes
}

/**
 * How a certificate names whom it belongs to: by itself (SHA-256 of the whole certificate), or by one attribute of its
 * subject. Organisation certificates of the smart-metering PKI have the EUI-64 in `uniqueIdentifier`.
 */
export const NAME_SOURCES = ['fingerprint', 'uniqueIdentifier', 'serialNumber', 'commonName'] as const
export type NameSource = (typeof NAME_SOURCES)[number]

const OIDS: Readonly<Record<Exclude<NameSource, 'fingerprint'>, string>> = {
  uniqueIdentifier: '2.5.4.45',
  serialNumber: '2.5.4.5',
  commonName: '2.5.4.3',
}

/**
 * The name that a certificate has by the source, in canonical form; undefined when the attribute is not there exactly
 * once, or is no text. Text that is an EUI-64, with or without hyphens, and bits of eight bytes become one form.
 */
export function nameOf(certificate: X509Certificate, source: NameSource): string | undefined {
  const text =
    source === 'fingerprint' ? certificate.fingerprint256 : attributeText(certificate, OIDS[source])
  return text === undefined ? undefined : canonicalName(text)
}

function attributeText(certificate: X509Certificate, oid: string): string | undefined {
  try {
    const all = attributesOf(partsOf(certificate).subject).filter((attribute) => attribute.oid === oid)
    return all[0] && all.length === 1 ? textOf(all[0].value) : undefined
  } catch (cause) {
    if (cause instanceof DerFault) return undefined
    throw cause
  }
}

function textOf(value: DerElement): string | undefined {
  switch (value.tag) {
    case TAG.utf8String:
      return value.content.toString()
    case TAG.printableString:
    case TAG.ia5String:
      return value.content.toString('latin1')
    case TAG.bitString:
      return bitsOf(value).toString('hex')
    default:
      return undefined
  }
}

const EUI = /^[0-9A-Fa-f]{2}(?:-?[0-9A-Fa-f]{2}){7}$/
const FINGERPRINT = /^[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31}$/

/** Spellings of an EUI-64 (`90-B3-…`) and of a SHA-256 fingerprint (upper-case hex) as one; other text as it is. */
export function canonicalName(text: string): string {
  if (EUI.test(text)) return (text.replaceAll('-', '').toUpperCase().match(/../g) ?? []).join('-')
  return FINGERPRINT.test(text) ? text.replaceAll(':', '').toUpperCase() : text
}

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

/**
 * Certificate revocation lists (RFC 5280 §5): read, and tied to the CA that signed them.
 *
 * Only plain, complete lists are taken. A list with a critical extension (a delta, an indirect list, one for some kinds of
 * certificate) says less than it seems to, and is refused as a whole.
 */
import { verify, type X509Certificate } from 'node:crypto'
import { partsOf } from './certificate.ts'
import { bitsOf, DerFault, DerReader, derTime, oidOf, readDer, serialOf, TAG } from './der.ts'
import { pemBlocks, pemText } from './pem.ts'

/** A list as it was read. Times are milliseconds since 1970. */
export interface Crl {
  readonly thisUpdateMs: number
  readonly nextUpdateMs: number
  /** Serial numbers as upper-case hex without leading zeros. */
  readonly revoked: ReadonlySet<string>
  /** The issuer's name as it is encoded. */
  readonly issuer: Buffer
  readonly pem: string
  /** What is signed, by which algorithm, and the signature. */
  readonly signed: { readonly bytes: Buffer; readonly algorithm: string; readonly signature: Buffer }
}

/** Reads every list of a file in PEM, or the one list of a file in DER. Throws DerFault. */
export function readCrls(file: Buffer): readonly Crl[] {
  if (file[0] === TAG.sequence) return [readCrl(file)]
  const blocks = pemBlocks(file.toString('latin1'))
  const isCrls = blocks?.length && blocks.every(({ label }) => label === 'X509 CRL')
  if (!blocks || !isCrls) throw new DerFault('neither a CRL nor PEM blocks of CRLs, or not whole')
  return blocks.map(({ bytes }) => readCrl(bytes))
}

function readCrl(der: Buffer): Crl {
  const list = new DerReader(readDer(der, TAG.sequence).content)
  const signedPart = list.next(TAG.sequence)
  const outerAlgorithm = list.next(TAG.sequence)
  const signature = bitsOf(list.next(TAG.bitString))
  list.end()
  const tbs = new DerReader(signedPart.content)
  tbs.optional(TAG.integer)
  const innerAlgorithm = tbs.next(TAG.sequence)
  if (!innerAlgorithm.whole.equals(outerAlgorithm.whole)) throw new DerFault('two signature algorithms')
  const issuer = tbs.next(TAG.sequence).whole
  const thisUpdateMs = derTime(tbs.next())
  if (tbs.nextTag !== TAG.utcTime && tbs.nextTag !== TAG.generalizedTime) throw new DerFault('no nextUpdate')
  const nextUpdateMs = derTime(tbs.next())
  const revoked = readRevoked(tbs)
  const extensions = tbs.optional(TAG.explicit0)
  if (extensions) refuseCritical(new DerReader(extensions.content).into(TAG.sequence))
  tbs.end()
  const algorithm = oidOf(new DerReader(innerAlgorithm.content).next(TAG.oid))
  const signed = { bytes: signedPart.whole, algorithm, signature }
  return { thisUpdateMs, nextUpdateMs, revoked, issuer, pem: pemText('X509 CRL', der), signed }
}

function readRevoked(tbs: DerReader): ReadonlySet<string> {
  const revoked = new Set<string>()
  const entries = tbs.optional(TAG.sequence)
  if (!entries) return revoked
  const reader = new DerReader(entries.content)
  while (!reader.isAtEnd) {
    const entry = reader.into(TAG.sequence)
    revoked.add(serialOf(entry.next(TAG.integer)))
    derTime(entry.next())
    const extensions = entry.optional(TAG.sequence)
    if (extensions) refuseCritical(new DerReader(extensions.content))
    entry.end()
  }
  return revoked
}

/** No critical extension of a list or of an entry is understood here. */
function refuseCritical(extensions: DerReader): void {
  while (!extensions.isAtEnd) {
    const extension = extensions.into(TAG.sequence)
    const oid = oidOf(extension.next(TAG.oid))
    if (extension.optional(TAG.boolean)?.content[0]) throw new DerFault(`the critical extension ${oid}`)
  }
}

/** Signature algorithm to hash and kind of key. */
const ALGORITHMS: Readonly<Record<string, readonly [hash: string, key: string]>> = {
  '1.2.840.10045.4.3.2': ['sha256', 'ec'],
  '1.2.840.10045.4.3.3': ['sha384', 'ec'],
  '1.2.840.10045.4.3.4': ['sha512', 'ec'],
  '1.2.840.113549.1.1.11': ['sha256', 'rsa'],
  '1.2.840.113549.1.1.12': ['sha384', 'rsa'],
  '1.2.840.113549.1.1.13': ['sha512', 'rsa'],
}

/** Whether the CA has the name of the list's issuer and made its signature. Names are compared as they are encoded. */
export function isIssuedBy({ issuer, signed }: Crl, ca: X509Certificate): boolean {
  const [hash, key] = ALGORITHMS[signed.algorithm] ?? []
  if (hash === undefined || ca.publicKey.asymmetricKeyType !== key) return false
  if (!partsOf(ca).subject.whole.equals(issuer)) return false
  return verify(hash, signed.bytes, ca.publicKey, signed.signature)
}

/**
 * Whether a certificate is trusted now: its dates, its CAs, and the revocation lists of those.
 *
 * OpenSSL says so in a handshake. This says it again at any later moment, of connections that have long been open, from
 * the files as they are then. Nothing here is changed: new files make a new `Trust`.
 */
import type { X509Certificate } from 'node:crypto'
import { partsOf } from './certificate.ts'
import { type Crl, isIssuedBy } from './crl.ts'
import type { TlsReason } from './reasons.ts'

/** A certificate and the CA that issued it, as far as it matters later. */
interface Link {
  readonly serial: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Lists of the issuer; undefined where revocation is not looked at. */
  readonly crls: readonly Crl[] | undefined
}

/** A path longer than this ends nowhere that is trusted here. */
const MAX_LINKS = 8
/** Paths remembered; a certificate whose path was forgotten has it found again. */
const MAX_PATHS = 10_000

export class Trust {
  readonly #cas: readonly X509Certificate[]
  /** Lists of each CA by its fingerprint. */
  readonly #crlsOf: ReadonlyMap<string, readonly Crl[] | undefined>
  readonly #paths = new Map<string, readonly Link[] | TlsReason>()

  /** Without `crls` revocation is not looked at; with them every CA of a path needs one. */
  constructor(cas: readonly X509Certificate[], crls: readonly Crl[] | undefined) {
    // A CA may be there twice, renewed with its key: the one that lasts longer counts.
    this.#cas = cas.toSorted((a, b) => b.validToDate.getTime() - a.validToDate.getTime())
    this.#crlsOf = new Map(
      cas.map((ca) => [ca.fingerprint256, crls?.filter((crl) => isIssuedBy(crl, ca))] as const),
    )
  }

  /** The first thing that speaks against a certificate at `nowMs` (milliseconds since 1970); undefined: it is good. */
  objectionTo(leaf: X509Certificate, nowMs: number): TlsReason | undefined {
    const path = this.#pathOf(leaf)
    if (typeof path === 'string') return path
    for (const link of path) {
      const objection = objectionTo(link, nowMs)
      if (objection) return objection
    }
    return undefined
  }

  #pathOf(leaf: X509Certificate): readonly Link[] | TlsReason {
    const { fingerprint256 } = leaf
    const known = this.#paths.get(fingerprint256)
    if (known) return known
    if (this.#paths.size >= MAX_PATHS) this.#paths.clear()
    const path = this.#readPath(leaf)
    this.#paths.set(fingerprint256, path)
    return path
  }

  #readPath(leaf: X509Certificate): readonly Link[] | TlsReason {
    try {
      return this.#findPath(leaf)
    } catch {
      return 'TLS_CERT_INVALID'
    }
  }

  /** From the leaf up to a self-signed CA, over CAs of ours alone: what a client sent on top is not to be had later. */
  #findPath(leaf: X509Certificate): readonly Link[] | TlsReason {
    const links: Link[] = []
    for (let one = leaf; links.length < MAX_LINKS; ) {
      const issuer = this.#cas.find((ca) => isIssuer(ca, one))
      if (!issuer) return 'TLS_ISSUER_MISSING'
      links.push(this.#link(one, issuer))
      if (isIssuer(issuer, issuer)) return [...links, this.#link(issuer, issuer)]
      if (issuer.fingerprint256 === one.fingerprint256) return 'TLS_CA_UNKNOWN'
      one = issuer
    }
    return 'TLS_CA_UNKNOWN'
  }

  #link(certificate: X509Certificate, issuer: X509Certificate): Link {
    return {
      serial: partsOf(certificate).serial,
      notBeforeMs: certificate.validFromDate.getTime(),
      notAfterMs: certificate.validToDate.getTime(),
      crls: this.#crlsOf.get(issuer.fingerprint256),
    }
  }
}

function isIssuer(ca: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey)
}

function objectionTo({ serial, notBeforeMs, notAfterMs, crls }: Link, nowMs: number): TlsReason | undefined {
  if (nowMs < notBeforeMs) return 'TLS_CERT_NOT_YET_VALID'
  if (nowMs > notAfterMs) return 'TLS_CERT_EXPIRED'
  if (!crls) return undefined
  if (crls.some(({ revoked }) => revoked.has(serial))) return 'TLS_CERT_REVOKED'
  return objectionToLists(crls, nowMs)
}

/** One list must be in force. One that is not yet may lie ready beside it. */
function objectionToLists(crls: readonly Crl[], nowMs: number): TlsReason | undefined {
  if (crls.length === 0) return 'TLS_CRL_MISSING'
  const begun = crls.filter(({ thisUpdateMs }) => thisUpdateMs <= nowMs)
  if (begun.length === 0) return 'TLS_CRL_NOT_YET_VALID'
  return begun.some(({ nextUpdateMs }) => nowMs <= nextUpdateMs) ? undefined : 'TLS_CRL_EXPIRED'
}

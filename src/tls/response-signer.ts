/**
 * Signs the Responses that the gateway writes, with the key and certificate that its files hold at the moment. A renewed pair
 * that cannot sign changes nothing: the one before goes on signing.
 */
import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { type DocumentSigner, signedDocument } from '../core/duis/signed-document.ts'
import type { Logger } from '../observe/log.ts'
import { distinguishedName, partsOf } from './certificate.ts'
import type { TlsMaterial } from './material.ts'

export class ResponseSigner {
  #signer: DocumentSigner

  /** `material` has a certificate and its key. Throws when the key is not one of the curve P-256, as DUIS signs with. */
  constructor(material: TlsMaterial, log: Logger) {
    this.#signer = signerOf(material)
    material.watch((isChanged) => {
      if (!isChanged) return
      try {
        this.#signer = signerOf(material)
      } catch (err) {
        log.error({ side: material.side, err }, 'the new key does not sign; the one before goes on')
      }
    })
  }

  /** The document with its signature; `document` is one that `responseDocument` wrote. */
  readonly sign = (document: string): string => signedDocument(document, this.#signer)
}

/** Why the pair cannot sign; undefined when it can. */
export function signingProblem(material: TlsMaterial): string | undefined {
  try {
    signerOf(material)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function signerOf({ side, contextOptions }: TlsMaterial): DocumentSigner {
  const { cert = '', key = '' } = contextOptions
  const privateKey = createPrivateKey(key)
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error(`${side}.key is not a key of the curve P-256, as signatures of DUIS are made with`)
  const { issuer, serial } = partsOf(new X509Certificate(cert))
  return {
    issuerName: distinguishedName(issuer),
    serialNumber: BigInt(`0x${serial}`).toString(),
    sign: (bytes) => signedBy(privateKey, bytes),
  }
}

function signedBy(key: KeyObject, bytes: Buffer): Buffer {
  return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
}

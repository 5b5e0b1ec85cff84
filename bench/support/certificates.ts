/**
 * Certificates of the rungs with TLS: one CA, one certificate each for generator, whatever stands in between, and
 * upstream; ECDSA P-256. Generator and upstream speak one version with one cipher and show and ask for a certificate, so
 * every rung speaks the same on both of its sides or not at all.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { Authority, type Issued } from '../../test/tls/authority.ts'
import { USER_EUI } from '../workload/messages.ts'

export const SPOKEN = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384' } as const

/** The name that all certificates are for, beside 127.0.0.1. */
export const HOST = 'localhost'
/** The attribute of an organisation certificate that has its EUI-64. */
const UNIQUE_IDENTIFIER = '2.5.4.45'

/** Paths of PEM files for what stands in between. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
  /** Certificate and key, as HAProxy wants them. */
  readonly both: string
  readonly ca: string
}

export interface Certificates {
  readonly files: CertificateFiles
  readonly generator: SecureContextOptions & { readonly servername: string }
  readonly farSide: TlsOptions
}

/** Makes all of them; the files lie in `folder`. */
export function makeCertificates(folder: string): Certificates {
  const ca = Authority.root('Bench CA')
  const speaking = ({ cert, key }: Issued) => ({ ...SPOKEN, cert, key, ca: ca.cert })
  const user = ca.issue({
    subject: { [UNIQUE_IDENTIFIER]: Buffer.from(USER_EUI.replaceAll('-', ''), 'hex') },
  })
  const upstream = ca.issue({ commonName: 'upstream' })
  return {
    files: filesOf(folder, ca, ca.issue({ commonName: 'gateway' })),
    generator: { ...speaking(user), servername: HOST },
    farSide: { ...speaking(upstream), requestCert: true, rejectUnauthorized: true },
  }
}

function filesOf(folder: string, ca: Authority, { cert, key }: Issued): CertificateFiles {
  const put = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  return {
    certificate: put('gateway.pem', cert),
    key: put('gateway.key', key),
    both: put('gateway-both.pem', `${cert}${key}`),
    ca: put('ca.pem', ca.cert),
  }
}

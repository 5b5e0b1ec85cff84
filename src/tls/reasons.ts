/**
 * Why a TLS connection is not had, and why a file for it is not taken. docs/tls.md lists the same codes and a test compares
 * the two. Codes are stable: they stand in the log and in the metrics.
 */

/** Why a connection was refused or cut. */
export const TLS_REASONS = {
  TLS_NO_CERTIFICATE: 'the other side showed no certificate',
  TLS_CA_UNKNOWN: 'its certificate comes from a CA that is not among the configured ones',
  TLS_ISSUER_MISSING:
    'the issuer of its certificate is not configured: an intermediate is missing, or the CA is another',
  TLS_CERT_EXPIRED: 'its certificate has expired',
  TLS_CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  TLS_CERT_PURPOSE: 'its certificate is for another purpose (extended key usage)',
  TLS_CERT_WEAK_KEY: 'its key is too short: RSA needs 2048 bits',
  TLS_CERT_WEAK_SIGNATURE: 'its certificate is signed with SHA-1 or weaker',
  TLS_CERT_REVOKED: 'its certificate, or the one of its CA, is revoked',
  TLS_CERT_INVALID: 'its certificate was refused for another reason',
  TLS_CERT_HOST: 'its certificate is for another host',
  TLS_CRL_MISSING: 'no revocation list of its CA is configured',
  TLS_CRL_EXPIRED: 'the revocation list of its CA is past its nextUpdate',
  TLS_CRL_NOT_YET_VALID: 'the revocation list of its CA is not valid yet',
  TLS_NAME_MISSING:
    'its certificate is good and has not, once and as text, the attribute that nameBy asks for',
  TLS_CALLER_UNKNOWN: 'its certificate is good, and its name is that of nobody who is configured',
  TLS_PROTOCOL: 'no common version, cipher or protocol, or bytes that are not TLS',
  TLS_TOO_SLOW: 'the handshake was not done in time',
  TLS_TOO_MANY: 'cut in favour of a later one: as many handshakes were under way as there may be',
  TLS_BROKEN_OFF: 'the other side went away during the handshake',
} as const satisfies Record<string, string>

export type TlsReason = keyof typeof TLS_REASONS

/** Why a good certificate is nobody's: it has no such name, or nobody has its name. */
export type NobodysReason = Extract<TlsReason, 'TLS_NAME_MISSING' | 'TLS_CALLER_UNKNOWN'>

/** Why a file is not taken: at the start the program ends, later what was read last stays in force. */
export const TLS_FILE_FAULTS = {
  TLS_FILE_UNREADABLE: 'cannot be read',
  TLS_CERT_UNREADABLE: 'is not a whole PEM file with one or more certificates',
  TLS_KEY_UNREADABLE: 'is not a whole PEM file with one private key without a passphrase',
  TLS_KEY_MISMATCH: 'is not the key of the certificate',
  TLS_CRL_UNREADABLE: 'is not a whole, complete revocation list in PEM or DER',
  TLS_CRL_WRONG_ISSUER: 'is not signed by any of the configured CAs',
  TLS_CRL_OLDER: 'is older than the revocation list in force, and would take revocations back',
} as const satisfies Record<string, string>

export type TlsFileFaultCode = keyof typeof TLS_FILE_FAULTS

/** A file that is not taken. */
export class TlsFileFault extends Error {
  readonly code: TlsFileFaultCode

  constructor(code: TlsFileFaultCode, path: string, cause?: unknown) {
    super(`${path} ${TLS_FILE_FAULTS[code]}`, { cause })
    this.code = code
  }
}

/** OpenSSL's verdicts on a chain, as Node names them. */
const VERIFY_REASONS: Readonly<Record<string, TlsReason>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS_CA_UNKNOWN',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS_CA_UNKNOWN',
  CERT_SIGNATURE_FAILURE: 'TLS_CA_UNKNOWN',
  UNABLE_TO_GET_ISSUER_CERT: 'TLS_ISSUER_MISSING',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS_ISSUER_MISSING',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS_ISSUER_MISSING',
  CERT_HAS_EXPIRED: 'TLS_CERT_EXPIRED',
  CERT_NOT_YET_VALID: 'TLS_CERT_NOT_YET_VALID',
  INVALID_PURPOSE: 'TLS_CERT_PURPOSE',
  CERT_REVOKED: 'TLS_CERT_REVOKED',
  UNABLE_TO_GET_CRL: 'TLS_CRL_MISSING',
  CRL_HAS_EXPIRED: 'TLS_CRL_EXPIRED',
  CRL_NOT_YET_VALID: 'TLS_CRL_NOT_YET_VALID',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS_CERT_HOST',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'TLS_TOO_SLOW',
  ECONNRESET: 'TLS_BROKEN_OFF',
  EPIPE: 'TLS_BROKEN_OFF',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'TLS_NO_CERTIFICATE',
}

/** The reason behind an error code of Node; undefined when it is none of a known kind. */
export function reasonOfCode(code: string | undefined): TlsReason | undefined {
  if (code === undefined) return undefined
  return VERIFY_REASONS[code] ?? (code.startsWith('ERR_SSL_') ? 'TLS_PROTOCOL' : undefined)
}

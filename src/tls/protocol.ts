/** What TLS is spoken, on every listener and towards every upstream. */
import { constants } from 'node:crypto'

const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  // Keys and signatures of at least 112 bits: no RSA below 2048, no SHA-1.
  '@SECLEVEL=2',
].join(':')

/**
 * TLS 1.3, and 1.2 with ECDHE and AES-GCM; no renegotiation; no resumption by tickets, and none by session IDs because no
 * listener answers for them. A resumed session would bring a client back without its certificate being looked at.
 */
export const TLS_PARAMETERS = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: CIPHERS,
  honorCipherOrder: true,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
} as const

/** The one protocol that is spoken inside; who offers only others is refused. */
export const ALPN_PROTOCOLS = ['http/1.1']

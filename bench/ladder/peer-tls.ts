/**
 * What a peer's configuration says where it speaks TLS on both sides: certificates shown and asked for, one version, no
 * resumption, as with the gateway. In the files of `bench/peers` it stands as `@TLS_…@`.
 */
import { type CertificateFiles, HOST, SPOKEN } from '../support/certificates.ts'

/** What stands in those places for plain HTTP; nothing where there is none. */
export const PLAIN: Readonly<Record<string, string>> = { SCHEME: 'http' }

/** The text for a place; undefined for one that there is not. */
export function peerTls(place: string, { certificate, key, both, ca }: CertificateFiles): string | undefined {
  const cipher = SPOKEN.ciphers
  const texts: Readonly<Record<string, string>> = {
    BIND: `ssl crt ${both} ca-file ${ca} verify required ssl-min-ver ${SPOKEN.minVersion} ciphersuites ${cipher} no-tls-tickets`,
    SERVER: `ssl crt ${both} ca-file ${ca} verify required sni str(${HOST}) verifyhost ${HOST} ssl-min-ver ${SPOKEN.minVersion} ciphersuites ${cipher}`,
    SCHEME: 'https',
    LISTEN: 'ssl',
    FILES: [
      `ssl_certificate ${certificate};`,
      `ssl_certificate_key ${key};`,
      `ssl_client_certificate ${ca};`,
      'ssl_verify_client on;',
      'ssl_protocols TLSv1.3;',
      'ssl_session_tickets off;',
      `ssl_conf_command Ciphersuites ${cipher};`,
      `proxy_ssl_certificate ${certificate};`,
      `proxy_ssl_certificate_key ${key};`,
      `proxy_ssl_trusted_certificate ${ca};`,
      'proxy_ssl_verify on;',
      `proxy_ssl_name ${HOST};`,
      'proxy_ssl_server_name on;',
      'proxy_ssl_protocols TLSv1.3;',
    ].join('\n        '),
  }
  return texts[place]
}

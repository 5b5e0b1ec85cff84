/** T: TLS. */
import { opensslAuthority } from '../probes/openssl-authority.ts'
import { renewals, scanned, scannedForVulnerabilities, silentClients } from '../probes/tls.ts'
import { probe, type Row, tests } from '../row.ts'

const OPENSSL = { program: 'openssl', package: 'openssl' }
const SSLSCAN = { program: 'sslscan', package: 'sslscan' }
const TESTSSL = { program: 'testssl', package: 'testssl.sh' }
const REFUSED = 'a warning in the log with the code, `duisgate_tls_refused_total` by reason'

export const ROWS: readonly Row[] = [
  {
    id: 'T1',
    fault:
      'A client whose certificate is revoked: new, on a connection that it keeps, coming back with its session',
    how: 'list changed under live connections of TLS 1.2 and 1.3, two gateways with the same files',
    holds: 'once the new list has been read, 0 further messages served in all 6 cells; it is read by itself',
    messages: 'one under way is not forwarded; those sent ahead are not handled; others go on',
    operator: `${REFUSED}: \`TLS_CERT_REVOKED\``,
    proofs: [probe(opensslAuthority, OPENSSL), tests('tls/revoked'), tests('tls/upstream', /revoked/)],
  },
  {
    id: 'T2',
    fault: 'A revocation list has ended, has not begun, is missing, garbage, older or of another issuer',
    how: 'lists made for it; every byte of one changed, every beginning of one',
    holds:
      'nobody of a CA without a list in force is let in; a bad file leaves the last good one in force; alarm 48 h before the end',
    messages: 'of Users of that CA: none, safety messages included; of others: as before',
    operator:
      '`duisgate_crl_next_update_seconds`, `duisgate_tls_files_ok` 0; alerts `RevocationListEndsSoon`, `TlsFileNotTaken`',
    proofs: [tests('tls/revocation-lists'), tests('deploy/observing', /promtool/)],
  },
  {
    id: 'T3',
    fault: 'Certificates are renewed under load, and a file is half-written when it is read',
    how: '20 renewals at 200 messages a second against `serve`, each with a half-written file first',
    holds:
      'no message fails; half of the renewals are shown to a new client within three looks at the files, one each 0.5 s',
    messages: 'all served',
    operator:
      '`duisgate_tls_files_ok` 0 and a warning while a file is not whole; alert `TlsFileNotTaken` after a minute',
    proofs: [probe(renewals), tests('tls/reload')],
  },
  {
    id: 'T4',
    fault:
      'Bad certificates: wrong CA, expired, future, wrong purpose, SHA-1, RSA 1024, no intermediate, nobody’s',
    how: 'one of each',
    holds: 'all refused, each with a reason of its own',
    messages: 'none is read',
    operator: REFUSED,
    proofs: [tests('tls/listener', /^T4|^a chain|^a CA/), tests('tls/upstream', /not talked to unless/)],
  },
  {
    id: 'T5',
    fault: 'A good certificate sends in the name of another originator',
    how: 'the RequestID of another User, one without originator, one that is large and streamed',
    holds: 'refused, every one; no flag is learnt from the answer',
    messages: '403 `GW_ORIGINATOR`, before any decision',
    operator: '`duisgate_faults_total{code="GW_ORIGINATOR"}`, a warning in the log, the journal',
    proofs: [tests('tls/listener', /^T5/), tests('tls/names')],
  },
  {
    id: 'T6',
    fault: 'A flood of connections that never begin or finish their handshake',
    how: '2,000 silent sockets against `serve` beside a client on a kept connection; a gateway that is left alone gets the same messages at the same time',
    holds:
      'cut within three times `limits.handshakeMs`, at most `limits.maxHandshakes` under way; no message of the healthy client fails, half take at most three times as long as at the other gateway',
    messages: 'of others: as before',
    operator:
      '`duisgate_tls_handshakes`, `duisgate_tls_refused_total` with `TLS_TOO_SLOW` and `TLS_TOO_MANY`',
    proofs: [probe(silentClients), tests('tls/half-open')],
  },
  {
    id: 'T7',
    fault: 'Old protocols, weak ciphers, renegotiation, compression',
    how: 'sslscan with a User’s certificate; testssl without one; a client for each that is not spoken',
    holds:
      'TLS 1.2 with ECDHE and AES-GCM, and TLS 1.3; no renegotiation, no compression; no known vulnerability',
    messages: 'none is read',
    operator: `${REFUSED}: \`TLS_PROTOCOL\``,
    proofs: [
      probe(scanned, SSLSCAN),
      probe(scannedForVulnerabilities, TESTSSL),
      tests('tls/listener', /^T7/),
    ],
  },
]

/** H: HTTP framing and slow clients. */
import { slowClients } from '../probes/slow-clients.ts'
import { probe, type Row, tests } from '../row.ts'

const SLOWHTTPTEST = { program: 'slowhttptest', package: 'slowhttptest' }
const REFUSALS =
  '`duisgate_faults_total` by code; alert `RefusedMessages` when there is more than one a second'

export const ROWS: readonly Row[] = [
  {
    id: 'H3',
    fault:
      'Odd framings: two lengths, two Hosts, bare LF, old versions, other targets, websockets, chunk extensions',
    how: '50 of them on raw sockets, and every one with a byte changed at every place of its head; llhttp as a second reader',
    holds:
      'taken only if it is plainly one POST of HTTP/1.1 with one Host, a known path and one of Content-Length and chunked; every other one answered 4xx or 505 and closed',
    messages: 'refused; nothing of them reaches the upstream',
    operator: REFUSALS,
    proofs: [
      tests('gateway/gate', /^refuses, closes|^reads and forwards/),
      tests('gateway/framing-mutations'),
      tests('http1/llhttp'),
      tests('http1/splits'),
    ],
  },
  {
    id: 'H4',
    fault: 'A front hop reads a request where the gateway reads another',
    how: 'the framings of H3 and nine known ways of smuggling, through real HAProxy and nginx',
    holds: 'as many verdicts and refusals as the front hop passed requests on',
    messages: 'each is decided on by itself',
    operator: REFUSALS,
    proofs: [tests('gateway/front-hops')],
  },
  {
    id: 'H5',
    fault: 'A request hides in the rest of a body that was refused early',
    how: 'refused after 2 kB of 14.8 MB, requests in what follows, 1,000 times',
    holds: '0 of 1,000 remainders read as a request; closed after the last byte, or cut',
    messages: 'the one is refused, what hides in it is never a message',
    operator: REFUSALS,
    proofs: [
      tests('http1/server', /rest of a body|cuts a client off/),
      tests('gateway/gate', /rest of a refused body|pipelined behind/),
    ],
  },
  {
    id: 'H6',
    fault: 'The upstream answers with two lengths, too much, too little, early, or ends in the middle',
    how: '12 bad and 8 good ways at random, 10,000 messages over connections that are kept',
    holds:
      'no answer ever goes to another message; a connection that misbehaved is not used again; nothing sent twice',
    messages: '502 when the answer cannot be trusted',
    operator:
      '`duisgate_faults_total` with `GW_PEER_MALFORMED`, `GW_PEER_RESET`, `GW_REPLY_TOO_LARGE`; alert `RefusedMessages`',
    proofs: [
      tests('http1/client'),
      tests('gateway/interim-replies'),
      tests('gateway/peers', /502|504/),
      tests('gateway/large-messages', /early (?:refusal|success)/),
    ],
  },
  {
    id: 'H7',
    fault: 'Messages that pass and messages that are stopped, pipelined on one connection',
    how: '100 in one write, permitted and rejected in turn; 60,000 behind each other',
    holds: 'answered in order, each with the verdict it has alone',
    messages: 'each is decided on by itself',
    operator: 'nothing',
    proofs: [
      tests('gateway/gate', /pipelined messages in order/),
      tests('http1/pipelining'),
      tests('http1/server', /pipelined/),
    ],
  },
  {
    id: 'H8',
    fault: 'Clients that send headers or bodies slowly, or take their answers slowly',
    how: 'slowhttptest -H and -X and stopped bodies, 340 sockets each, beside a healthy client; a gateway that is left alone gets the same messages at the same time',
    holds:
      'headers, stopped bodies and readers cut within three times their limit of 10, 30 and 10 s; no failure of the healthy client, half of its messages within three times what they take at the other gateway',
    messages: 'those that come slowly are answered 408, others go on',
    operator:
      '`duisgate_connections`, `duisgate_faults_total{code="GW_TOO_SLOW"}`; `duisgate_connections_refused_total` when there are too many',
    proofs: [probe(slowClients, SLOWHTTPTEST), tests('gateway/slow-clients'), tests('http1/slow-takers')],
  },
  {
    id: 'H9',
    fault: 'Heads that are bombs: 64 kB of header, 10,000 headers, a target of 64 kB',
    how: '150 of them',
    holds: '431, and no more than 5 MB left behind',
    messages: 'refused before any of the body has come',
    operator: '`duisgate_faults_total{code="GW_HTTP_HEADERS"}`',
    proofs: [tests('gateway/gate', /bombs/), tests('http1/server', /too long/)],
  },
  {
    id: 'H10',
    fault: 'A compressed body that grows to 10 MB',
    how: 'gzip of zeros with Content-Encoding: gzip',
    holds: '415 before any of it is inflated, or even read',
    messages: 'refused by its head',
    operator: '`duisgate_faults_total{code="GW_HTTP_ENCODING"}`',
    proofs: [tests('gateway/gate', /compressed/)],
  },
  {
    id: 'H11',
    fault: 'Headers that claim an identity: X-Forwarded-Client-Cert, X-Client-Verify, Forwarded, Cookie',
    how: 'sent by a client without and with a certificate',
    holds: 'none travels on, none counts: the originator is the certificate’s party alone',
    messages: 'decided on as without them',
    operator: 'nothing',
    proofs: [tests('gateway/headers'), tests('tls/listener', /^T5|^H11/)],
  },
]

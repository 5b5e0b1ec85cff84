/** X: XML. */
import { entities, floods, largest } from '../probes/xml.ts'
import { oracles } from '../probes/xml-oracles.ts'
import { probe, type Row, tests } from '../row.ts'

const STRACE = { program: 'strace', package: 'strace' }
const XMLWF = { program: 'xmlwf', package: 'expat' }
const ZZUF = { program: 'zzuf', package: 'zzuf' }
const REFUSED = '`duisgate_faults_total` by code, the journal with code and offset; alert `RefusedMessages`'

export const ROWS: readonly Row[] = [
  {
    id: 'X1',
    fault: 'Documents that are no XML, or more of it than DUIS uses',
    how: 'all of the W3C conformance suite, by the code that reads messages',
    holds:
      'every document with a DOCTYPE and every malformed one refused, every other one taken; exceptions are named, each with its reason',
    messages: 'refused with 400',
    operator: REFUSED,
    proofs: [tests('reader/conformance')],
  },
  {
    id: 'X2',
    fault: 'A legal message is refused or altered',
    how: 'all 297 published templates through a gateway; fixtures by the official XSD; documents made from it',
    holds:
      '297 of 297 forwarded byte for byte; with everybody Restricted exactly the listed ones are stopped',
    messages: 'carried byte for byte',
    operator: 'nothing',
    proofs: [
      tests('gateway/templates'),
      tests('reader/official-xsd'),
      tests('reader/fixtures'),
      tests('reader/xsd-grammar', /V5.1/),
    ],
  },
  {
    id: 'X3',
    fault: 'A message that arrives in pieces',
    how: 'templates and fixtures cut at every byte (of those above 4 kB at 870 places; all with `DUISGATE_TEST_ALL_CUTS=1`), and byte by byte',
    holds: 'the same facts, or the same fault at the same offset, wherever it is cut',
    messages: 'decided on as if they had come whole',
    operator: 'nothing',
    proofs: [tests('reader/splits'), tests('reader/streaming')],
  },
  {
    id: 'X4',
    fault:
      'Entities: a billion laughs, quadratic growth, files, addresses, parameter entities, an external DTD',
    how: 'seven payloads to `serve` under strace, with a listener that nobody should call',
    holds:
      'all refused, for at most four times the CPU of an ordinary message, and 5 MB; 0 files opened, 0 connections made',
    messages: 'refused at the DOCTYPE, 400 `XML_DOCTYPE`',
    operator: REFUSED,
    proofs: [probe(entities, STRACE), tests('reader/hostile', /entity bomb/)],
  },
  {
    id: 'X5',
    fault: 'Elements nested 64,000 deep',
    how: 'in the body of a message, and from its first byte',
    holds: 'refused within 2 kB',
    messages: 'refused with 400 `XML_LIMIT`',
    operator: REFUSED,
    proofs: [tests('reader/hostile', /nested/)],
  },
  {
    id: 'X6',
    fault: 'Floods of attributes, namespaces, comments, references, CDATA; names of 10 MB',
    how: 'each to `serve` with 128 MB of heap; piece by piece to the reader',
    holds:
      'refused, or read for at most four times the CPU of an ordinary message of many elements, by the MB and by the longest 64 kB; at most 32 MB more memory',
    messages: 'refused with 400 `XML_LIMIT`; those that are legal are carried',
    operator: REFUSED,
    proofs: [probe(floods), tests('reader/hostile'), tests('reader/floods')],
  },
  {
    id: 'X7',
    fault: 'Other encodings: UTF-16, UTF-7, declared and not true, overlong, surrogates, NUL',
    how: 'one message of each, and the suite’s documents in them',
    holds: 'only well-formed UTF-8 that declares UTF-8 or nothing passes',
    messages: 'refused with 400 `XML_ENCODING`',
    operator: REFUSED,
    proofs: [
      tests('reader/fixtures', /malformed/),
      tests('reader/conformance'),
      tests('reader/hostile', /zero bytes/),
      tests('reader/differential', /damaged/),
    ],
  },
  {
    id: 'X8',
    fault: 'A Device ID in another spelling, so that its flag is not found',
    how: '15 spellings at 4 places, Restricted and not',
    holds: 'each gets the verdict of the plain spelling, or is refused; what is not the Device is never used',
    messages: 'decided on by the 64 bits, not by the text',
    operator: REFUSED,
    proofs: [tests('reader/identity-spellings'), tests('reader/xsd-device-paths')],
  },
  {
    id: 'X9',
    fault: 'Signature wrapping: the signed message is moved aside for another one',
    how: 'the eight known shapes and four more',
    holds: 'the document element alone decides; all others refused',
    messages: 'decided on by what the receiver executes, or refused',
    operator: REFUSED,
    proofs: [tests('reader/signature-wrapping'), tests('reader/differential', /grammar/)],
  },
  {
    id: 'X10',
    fault: '50,000 Devices in one message, one of them Restricted',
    how: 'first, in the middle, last, none; the list cut anywhere; trailing commas, doubled Devices',
    holds: 'found wherever it stands, and nothing else is taken for it',
    messages: 'decided on by all their Devices',
    operator: 'nothing',
    proofs: [tests('reader/large-messages')],
  },
  {
    id: 'X11',
    fault: 'Twenty of the largest legal messages at once',
    how: '14.85 MB each through `serve` with `--max-old-space-size=128 --max-semi-space-size=4`, small messages beside them',
    holds: 'byte for byte; the process has at most 256 MB',
    messages: 'carried; small ones go on beside them',
    operator: '`duisgate_held_bytes`, `process_resident_memory_bytes`',
    proofs: [probe(largest), tests('gateway/large-messages')],
    notHere:
      'the latency of small messages is printed and not judged: sender, upstream and gateway share two cores here',
  },
  {
    id: 'X12',
    fault: 'Another reader of XML sees another message',
    how: 'documents of a grammar, damaged fixtures and fixtures under zzuf, before libxml2, saxes and xmlwf',
    holds:
      '0 taken that one of them refuses or reads otherwise; no exception; none takes a fiftieth of the CPU of all',
    messages: 'refused when in doubt',
    operator: REFUSED,
    proofs: [probe(oracles, XMLWF, ZZUF), tests('reader/differential')],
    notHere:
      'a million documents take hours: `node scripts/fuzz-reader.ts --seconds 3600` goes on with other seeds',
  },
  {
    id: 'X13',
    fault: 'A Content-Type that says it is no XML',
    how: 'none, text/plain, other letter case, parameters, multipart, charsets',
    holds: 'every body is read, or refused where its type has another reader see another message',
    messages: 'decided on as ever, or refused by their head with 415 `GW_HTTP_TYPE`',
    operator: 'nothing, or `duisgate_faults_total{code="GW_HTTP_TYPE"}`',
    proofs: [tests('gateway/gate', /Content-Type/)],
  },
]

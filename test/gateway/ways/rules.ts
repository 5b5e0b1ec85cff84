/**
 * The rules of the gate on every way in: one change to what stands on the wire, and what must come out on each of the four
 * ways. A rule without a cell does not compile; a cell that does not apply says why.
 */
import { REPLY_RULES } from './reply-rules.ts'
import {
  adding,
  bodied,
  chunkedAs,
  everywhere,
  gone,
  halves,
  hex,
  malformed,
  messagesOnly,
  ofType,
  ofVersion,
  oneChunk,
  onMessagesAndReplies,
  passes,
  type Rule,
  refused,
  STAY,
  saying,
  TWO_READINGS,
  unframed,
  unreadable,
  whereRead,
  without,
} from './rule-parts.ts'

export const RULES: Readonly<Record<string, Rule>> = {
  ...REPLY_RULES,
  'nothing to object to': { change: (wire) => wire, cells: everywhere },

  // Start line
  'HTTP/1.0': {
    change: ofVersion('HTTP/1.0'),
    cells: onMessagesAndReplies(refused(505, 'GW_HTTP_VERSION'), passes),
  },
  'HTTP/1.2': {
    change: ofVersion('HTTP/1.2'),
    cells: onMessagesAndReplies(refused(505, 'GW_HTTP_VERSION'), malformed),
  },
  'another method': {
    change: (wire) => saying(wire.start.replace('POST', 'PUT'))(wire),
    cells: onMessagesAndReplies(refused(405, 'GW_HTTP_METHOD'), messagesOnly),
  },
  'a path that is not served': {
    change: (wire) => saying(wire.start.replace(' /', ' //'))(wire),
    cells: onMessagesAndReplies(refused(404, 'GW_HTTP_PATH'), messagesOnly),
  },
  'a second Host': {
    change: adding('Host: other'),
    staysBehind: /^host: other/im,
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_HOST'), passes),
  },

  // The head
  'a space before the colon': {
    change: adding('X-A : 1'),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_MALFORMED'), malformed),
  },
  'a folded field': {
    change: adding('X-A: 1\r\n 2'),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_MALFORMED'), malformed),
  },
  'a bare LF': {
    change: adding('X-A: 1\nX-B: 2'),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_MALFORMED'), malformed),
  },
  'a NUL in a field': {
    change: adding('X-A: \0'),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_MALFORMED'), malformed),
  },
  'a field that is too long': {
    change: adding(`X-A: ${'a'.repeat(20_000)}`),
    cells: onMessagesAndReplies(refused(431, 'GW_HTTP_HEADERS'), malformed),
  },
  'too many fields': {
    change: adding(...Array.from({ length: 70 }, (_, i) => `X-${i}: a`)),
    cells: onMessagesAndReplies(refused(431, 'GW_HTTP_HEADERS'), malformed),
  },
  'an offer of another protocol': {
    change: adding('Upgrade: websocket'),
    staysBehind: /^upgrade/im,
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_UPGRADE'), passes),
  },
  'an offer of h2c': {
    change: adding('Upgrade: h2c'),
    staysBehind: /^upgrade/im,
    cells: onMessagesAndReplies(passes, passes),
  },
  'an unknown expectation': {
    change: adding('Expect: 200-ok'),
    staysBehind: /^expect/im,
    cells: onMessagesAndReplies(refused(417, 'GW_HTTP_EXPECT'), passes),
  },

  // Framing
  'no length': {
    change: (wire) => ({ ...unframed(wire), ends: true }),
    cells: onMessagesAndReplies(refused(411, 'GW_HTTP_LENGTH'), passes),
  },
  'Content-Length and chunks': {
    change: adding('Transfer-Encoding: chunked'),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_FRAMING'), malformed),
  },
  'Content-Length twice': {
    change: (wire) => adding(`Content-Length: ${wire.body.length}`)(wire),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_FRAMING'), malformed),
  },
  'a list of Content-Lengths': {
    change: (wire) => adding(`Content-Length: ${wire.body.length}, ${wire.body.length}`)(unframed(wire)),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_FRAMING'), malformed),
  },
  'a signed Content-Length': {
    change: (wire) => adding(`Content-Length: +${wire.body.length}`)(unframed(wire)),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_FRAMING'), malformed),
  },
  'Transfer-Encoding twice': {
    change: (wire) => adding('Transfer-Encoding: chunked')(chunkedAs(oneChunk)(wire)),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_FRAMING'), malformed),
  },
  'a compressing Transfer-Encoding': {
    change: (wire) => adding('Transfer-Encoding: gzip, chunked')({ ...unframed(wire), body: oneChunk(wire) }),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_FRAMING'), malformed),
  },
  'chunks in HTTP/1.0': {
    change: (wire) => ofVersion('HTTP/1.0')(chunkedAs(oneChunk)(wire)),
    cells: onMessagesAndReplies(refused(505, 'GW_HTTP_VERSION'), malformed),
  },
  'chunks with an extension and a trailer': {
    change: chunkedAs((wire) => `${hex(wire)};a=b\r\n${wire.body}\r\n0\r\nX-Trailer: 1\r\n\r\n`),
    body: ({ body }) => body,
    staysBehind: /^(?:transfer-encoding|x-trailer)/im,
    cells: everywhere,
  },
  'many chunks': {
    change: chunkedAs((wire) => {
      const [first, second] = halves(wire)
      return `${first.length.toString(16)}\r\n${first}\r\n${second.length.toString(16)}\r\n${second}\r\n0\r\n\r\n`
    }),
    body: ({ body }) => body,
    cells: everywhere,
  },
  'a chunk size that is no number': {
    change: chunkedAs((wire) => `zz\r\n${wire.body}\r\n0\r\n\r\n`),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_MALFORMED'), malformed),
  },
  'a chunk longer than it says': {
    change: chunkedAs((wire) => `1\r\n${wire.body}\r\n0\r\n\r\n`),
    cells: onMessagesAndReplies(refused(400, 'GW_HTTP_MALFORMED'), malformed),
  },
  ...Object.fromEntries(
    ['Content-Type: text/xml; charset=utf-7', 'Content-Encoding: gzip', 'Content-Length: 1'].map(
      (line): [string, Rule] => [
        `a trailer that changes what came before (${line})`,
        {
          change: chunkedAs((wire) => `${hex(wire)}\r\n${wire.body}\r\n0\r\n${line}\r\n\r\n`),
          cells: onMessagesAndReplies(refused(400, 'GW_HTTP_MALFORMED'), malformed),
        },
      ],
    ),
  ),
  'bytes behind it': {
    change: (wire) => ({ ...wire, body: `${wire.body}POST / HTTP/1.1\r\n\r\n` }),
    body: ({ body }) => body,
    cells: everywhere,
  },
  'less than it says': {
    change: (wire) => ({ ...wire, body: halves(wire)[0], ends: true }),
    cells: onMessagesAndReplies(gone, refused(502, 'GW_PEER_RESET')),
  },
  'less than all chunks': {
    change: (wire) => ({ ...chunkedAs((given) => `${hex(given)}\r\n${given.body}\r\n`)(wire), ends: true }),
    cells: onMessagesAndReplies(gone, refused(502, 'GW_PEER_RESET')),
  },
  'less than it says, and then nothing': {
    change: (wire) => ({ ...wire, body: halves(wire)[0] }),
    limits: { idleBodyMs: 300, peerReplyMs: 300 },
    cells: onMessagesAndReplies(refused(408, 'GW_TOO_SLOW'), refused(504, 'GW_PEER_TIMEOUT')),
  },
  'a body that is too long': {
    change: bodied('<a/>'.repeat(5_000)),
    limits: { maxBodyBytes: 10_000, maxReplyBytes: 10_000 },
    cells: onMessagesAndReplies(refused(413, 'GW_TOO_LARGE'), refused(502, 'GW_REPLY_TOO_LARGE')),
  },
  'chunks that are too long': {
    change: chunkedAs((wire) => oneChunk({ ...wire, body: ' '.repeat(20_000) })),
    limits: { maxBodyBytes: 10_000, maxReplyBytes: 10_000 },
    cells: onMessagesAndReplies(refused(413, 'GW_TOO_LARGE'), refused(502, 'GW_REPLY_TOO_LARGE')),
  },

  // What the fields say of the content
  'no Content-Type': { change: without(/^Content-Type/), cells: everywhere },
  'a Content-Type that fits nothing': {
    change: ofType('application/json'),
    carried: [/^content-type: application\/json$/im],
    cells: everywhere,
  },
  'a charset with the same markup': {
    change: ofType('application/xml; charset=iso-8859-1'),
    carried: [/^content-type: application\/xml; charset=iso-8859-1$/im],
    cells: everywhere,
  },
  ...Object.fromEntries(
    TWO_READINGS.map((type): [string, Rule] => [
      `a type with two readings (${type})`,
      {
        change: ofType(type),
        carried: [/^content-type: /im],
        cells: whereRead(refused(415, 'GW_HTTP_TYPE'), unreadable),
      },
    ]),
  ),
  'Content-Type twice': {
    change: adding('Content-Type: text/xml'),
    carried: [/^content-type: /im],
    cells: whereRead(refused(400, 'GW_HTTP_FRAMING'), unreadable),
  },
  'a Content-Encoding': {
    change: adding('Content-Encoding: gzip'),
    carried: [/^content-encoding: gzip$/im],
    cells: whereRead(refused(415, 'GW_HTTP_ENCODING'), unreadable),
  },
  'a Content-Encoding beside identity': {
    change: adding('Content-Encoding: identity', 'Content-Encoding: br'),
    carried: [/^content-encoding: identity, br$/im],
    cells: whereRead(refused(415, 'GW_HTTP_ENCODING'), unreadable),
  },
  'an empty Content-Encoding': {
    change: adding('Content-Encoding:'),
    cells: whereRead(refused(415, 'GW_HTTP_ENCODING'), unreadable),
  },
  'Content-Encoding: identity': { change: adding('Content-Encoding: Identity'), cells: everywhere },
  'a part of something': {
    change: (wire) => adding(`Content-Range: bytes 0-${wire.body.length - 1}/9999`)(wire),
    carried: [/^content-range: bytes 0-\d+\/9999$/im],
    cells: whereRead(refused(415, 'GW_HTTP_ENCODING'), unreadable),
  },

  // Bodies
  'no body': {
    change: bodied(''),
    cells: onMessagesAndReplies(refused(400, 'XML_INCOMPLETE'), passes),
  },
  'no body, in two readings': {
    change: (wire) => ofType('text/xml; charset=utf-7')(bodied('')(wire)),
    cells: onMessagesAndReplies(refused(415, 'GW_HTTP_TYPE'), passes),
  },
  'a blank body': { change: bodied(' \r\n'), cells: whereRead(refused(400, 'XML_INCOMPLETE'), unreadable) },
  'a body that is not DUIS': {
    change: bodied('<html><body>hello</body></html>'),
    cells: whereRead(refused(400, 'DUIS_ROOT'), unreadable),
  },
  'a body in UTF-16': {
    change: (wire) => bodied(Buffer.from(wire.body, 'utf16le').toString('latin1'))(wire),
    cells: whereRead(refused(400, 'XML_ENCODING'), unreadable),
  },
  'something behind the root': {
    change: (wire) => bodied(`${wire.body}<more/>`)(wire),
    cells: whereRead(refused(400, 'XML_MALFORMED'), unreadable),
  },

  // Fields that may not travel
  'fields that say something of a hop, of its client or of another place': {
    change: adding(...STAY),
    staysBehind: new RegExp(
      `^(?:${STAY.map((line) => line.slice(0, line.indexOf(':'))).join('|')}): (?!timeout=\\d+$)`,
      'im',
    ),
    cells: everywhere,
  },
  'a decision that was not taken here': {
    change: adding('Duisgate-Decision: forged'),
    staysBehind: /forged/,
    cells: everywhere,
  },
  'fields that two Connection fields name': {
    change: adding(
      'Connection: cache-control',
      'Connection: user-agent',
      'Cache-Control: no-store',
      'User-Agent: a',
    ),
    staysBehind: /^(?:cache-control|user-agent)/im,
    cells: everywhere,
  },
  'a field that Connection names': {
    change: adding('Connection: Cache-Control, user-agent', 'Cache-Control: no-store', 'User-Agent: a'),
    staysBehind: /^(?:cache-control|user-agent)/im,
    cells: everywhere,
  },
}

/**
 * The rules of the gate on every way in: one change to what stands on the wire, and what must come out on each of the four
 * ways. A rule without a cell does not compile; a cell that does not apply says why.
 */
import type { GatewayLimits } from '../../../src/gateway/limits.ts'
import { RA } from '../../fixtures/message.ts'
import type { Way, Wire } from './wire.ts'

export type Cell =
  /** The bytes of the body travel on, with what `Rule` says of their fields; `status` where a reply has another than 200. */
  | { readonly kind: 'passes'; readonly status?: number }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string }
  /** The sender left: nobody is answered, and nothing travels. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'does not apply'; readonly why: string }

export interface Rule {
  readonly change: (wire: Wire) => Wire
  /** Field lines that travel with the body, and none that match this. */
  readonly carried?: readonly RegExp[]
  readonly staysBehind?: RegExp
  /** The body that travels, where it is not what stands on the wire. */
  readonly body?: (wire: Wire) => string
  readonly limits?: Partial<GatewayLimits>
  readonly cells: Readonly<Record<Way, Cell>>
}

const passes = { kind: 'passes' } as const
const gone = { kind: 'gone' } as const
const withStatus = (status: number) => ({ kind: 'passes', status }) as const
const refused = (status: number, code: string) => ({ kind: 'refused', status, code }) as const
const inapplicable = (why: string) => ({ kind: 'does not apply', why }) as const

const malformed = refused(502, 'GW_PEER_MALFORMED')
const unreadable = refused(502, 'GW_REPLY_UNREADABLE')

const everywhere = onAll(passes)
const repliesOnly = inapplicable('only replies have a status')
const messagesOnly = inapplicable('only messages have a method, a path and a Host')
/** A User's reply answers the DSP, which goes by its status: no decision rests on its content. */
const notRead = passes

function onAll(cell: Cell): Rule['cells'] {
  return onMessagesAndReplies(cell, cell)
}

function onMessagesAndReplies(message: Cell, reply: Cell): Rule['cells'] {
  return {
    'service request': message,
    "DSP's reply": reply,
    'response or alert': message,
    "User's reply": reply,
  }
}

/** What is decided on, and the one that is not read. */
function whereRead(message: Cell, dspReply: Cell): Rule['cells'] {
  return { ...onMessagesAndReplies(message, dspReply), "User's reply": notRead }
}

// What a rule does to a message or reply.

const saying = (start: string) => (wire: Wire) => ({ ...wire, start })
const adding =
  (...lines: string[]) =>
  (wire: Wire) => ({ ...wire, fields: [...wire.fields, ...lines] })
const without = (name: RegExp) => (wire: Wire) => ({
  ...wire,
  fields: wire.fields.filter((line) => !name.test(line)),
})
const ofType = (type: string) => (wire: Wire) =>
  adding(`Content-Type: ${type}`)(without(/^Content-Type/)(wire))
const bodied = (body: string) => (wire: Wire) =>
  adding(`Content-Length: ${body.length}`)({ ...unframed(wire), body })
const chunkedAs = (body: (wire: Wire) => string) => (wire: Wire) =>
  adding('Transfer-Encoding: chunked')({ ...unframed(wire), body: body(wire) })
const emptied =
  (start: string, ...lines: string[]) =>
  (wire: Wire) =>
    adding(...lines)({ ...unframed(wire), start, body: '' })
/** A reply with this status and `body`, whatever it was. */
const answering = (start: string, type: string, body: string) => (wire: Wire) =>
  ofType(type)(bodied(body)({ ...wire, start }))

const unframed = without(/^Content-Length/)
const hex = ({ body }: Wire) => body.length.toString(16)
const oneChunk = (wire: Wire) => `${hex(wire)}\r\n${wire.body}\r\n0\r\n\r\n`
const halves = ({ body }: Wire) => [body.slice(0, body.length >> 1), body.slice(body.length >> 1)] as const
/** The version in a start line. */
const ofVersion = (version: string) => (wire: Wire) => ({
  ...wire,
  start: wire.start.replace(/HTTP\/\d\.\d/, version),
})

/** Data of a Device under a root that only another reading finds. */
const hidden = (namespace: string) =>
  `<r:Response xmlns:r="${namespace}"><r:GBCSPayload>AAAA</r:GBCSPayload></r:Response>`
const PAGE = '<!DOCTYPE html><html><body>Bad gateway &#169;</body></html>'
const anErrorOf = (body: string, type = 'text/html') => answering('HTTP/1.1 502 Bad Gateway', type, body)
/** A page instead of a Response: no decision rests on a User's. */
const pageCells = (dspReply: Cell) => ({
  'service request': repliesOnly,
  "DSP's reply": dspReply,
  'response or alert': repliesOnly,
  "User's reply": withStatus(502),
})
const replyCells = (cell: Cell) => onMessagesAndReplies(repliesOnly, cell)

const STAY = [
  'Location: http://elsewhere/',
  'Content-Location: /other',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment',
  'Link: </other>; rel=canonical',
  'Refresh: 0; url=http://elsewhere/',
  'Set-Cookie: a=b',
  'Cookie: a=b',
  'Alt-Svc: h3=":443"',
  'X-Forwarded-For: 10.0.0.1',
  'Forwarded: for=10.0.0.1',
  'X-Client-Verify: SUCCESS',
  'Keep-Alive: timeout=5',
  'Proxy-Authorization: Basic abc',
  'Proxy-Authenticate: Basic',
  'Proxy-Connection: keep-alive',
  'Accept-Encoding: gzip',
  'TE: trailers',
  'Trailer: Content-Type',
]

/** Types by which a reader may see another document in the same bytes. */
const TWO_READINGS = [
  'application/xml; charset=utf-7',
  'application/xml;charset="UTF-16"',
  'text/xml; charset=ibm037',
  'text/xml; charset=utf-8; charset=utf-7',
  "text/xml; charset*=utf-7''x",
  'multipart/related; boundary=a',
]

export const RULES: Readonly<Record<string, Rule>> = {
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

  // Statuses
  'an interim reply before it': {
    change: (wire) => saying(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${wire.start}`)(wire),
    staysBehind: /^link/im,
    cells: replyCells(passes),
  },
  'another protocol (101)': {
    change: emptied('HTTP/1.1 101 Switching Protocols', 'Connection: upgrade', 'Upgrade: h2c'),
    cells: replyCells(malformed),
  },
  'a status of no class (600)': { change: saying('HTTP/1.1 600 Odd'), cells: replyCells(malformed) },
  'a status of no class (999)': { change: saying('HTTP/1.1 999 Odd'), cells: replyCells(malformed) },
  'a status of no class (099)': { change: saying('HTTP/1.1 099 Odd'), cells: replyCells(malformed) },
  'a status of four digits': { change: saying('HTTP/1.1 2000 Odd'), cells: replyCells(malformed) },
  'the last status there is (599)': {
    change: emptied('HTTP/1.1 599 Odd', 'Content-Length: 0'),
    cells: replyCells(withStatus(599)),
  },
  'a redirection without content': {
    change: emptied('HTTP/1.1 307 Temporary Redirect', 'Location: http://elsewhere/', 'Content-Length: 0'),
    staysBehind: /^location/im,
    cells: replyCells(withStatus(307)),
  },
  ...Object.fromEntries(
    [204, 304].flatMap((status): [string, Rule][] => [
      [
        `${status} without content`,
        { change: emptied(`HTTP/1.1 ${status} X`), cells: replyCells(withStatus(status)) },
      ],
      [
        `${status} with content of no length`,
        {
          change: emptied(`HTTP/1.1 ${status} X`, 'Content-Length: 0'),
          cells: replyCells(withStatus(status)),
        },
      ],
      [`${status} with content`, { change: saying(`HTTP/1.1 ${status} X`), cells: replyCells(malformed) }],
      [
        `${status} with content in chunks`,
        {
          change: (wire) => chunkedAs(oneChunk)(saying(`HTTP/1.1 ${status} X`)(wire)),
          cells: replyCells(malformed),
        },
      ],
    ]),
  ),
  '205 without content': {
    change: emptied('HTTP/1.1 205 X', 'Content-Length: 0'),
    cells: replyCells(withStatus(205)),
  },
  '205 with no chunks': {
    change: (wire) => chunkedAs(() => '0\r\n\r\n')(saying('HTTP/1.1 205 X')(wire)),
    body: () => '',
    cells: replyCells(withStatus(205)),
  },
  '205 with content': { change: saying('HTTP/1.1 205 X'), cells: replyCells(malformed) },
  '205 with content in chunks': {
    change: (wire) => chunkedAs(oneChunk)(saying('HTTP/1.1 205 X')(wire)),
    cells: replyCells(malformed),
  },
  '205 with content up to the end of the connection': {
    change: (wire) => ({ ...unframed(wire), start: 'HTTP/1.1 205 X', ends: true }),
    cells: replyCells(malformed),
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

  // Error pages
  'an error page': { change: anErrorOf(PAGE), cells: pageCells(withStatus(502)) },
  'an error page in a charset with the same markup': {
    change: anErrorOf(PAGE, 'text/html; charset=windows-1252'),
    carried: [/^content-type: text\/html; charset=windows-1252$/im],
    cells: pageCells(withStatus(502)),
  },
  'an error page that declares such an encoding': {
    change: anErrorOf(
      `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><body>503 \xa9</body></html>`,
    ),
    cells: pageCells(withStatus(502)),
  },
  'an error page with the first bytes of another encoding further on': {
    change: anErrorOf('<html><body>\xfe\xff +/v8- Lo\xa7\x94</body></html>'),
    cells: pageCells(withStatus(502)),
  },
  'an error in JSON': {
    change: anErrorOf('{"error":1}', 'application/json'),
    cells: pageCells(withStatus(502)),
  },
  'an error page with two readings': {
    change: anErrorOf(PAGE, 'text/html; charset=utf-7'),
    cells: pageCells(unreadable),
  },
  'a compressed error page': {
    change: (wire) => adding('Content-Encoding: br')(anErrorOf('\x0b\x02\x80abc\x03')(wire)),
    carried: [/^content-encoding: br$/im],
    cells: pageCells(unreadable),
  },
  ...Object.fromEntries(
    Object.entries({
      'cut off': hidden(RA).slice(0, -5),
      'in UTF-16': Buffer.from(hidden(RA), 'utf16le').toString('latin1'),
      'in UTF-16 with its mark': `\xfe\xff${Buffer.from(hidden(RA), 'utf16le').swap16().toString('latin1')}`,
      'that declares UTF-7': `<?xml version="1.0" encoding="UTF-7"?>${hidden('http://www.+AGQ-ccinterface.co.uk/ResponseAndAlert')}`,
      'that declares EBCDIC': `<?xml version='1.0' encoding='cp037'?><a/>`,
      'with the first bytes of EBCDIC': 'Lo\xa7\x94\x93\x40',
      'with the first bytes of UTF-7': `+/v8-${hidden('http://www.+AGQ-ccinterface.co.uk/ResponseAndAlert')}`,
      'with references for letters': `<a>${hidden('http://www.dc&#99;&#x69;nterface.co.uk/ResponseAndAlert')}</a>`,
      'with letters from its document type': `<!DOCTYPE a [<!ENTITY d "dcc">]>${hidden('http://www.&d;interface.co.uk/ResponseAndAlert')}`,
      'with letters from a page of entities': `<!DOCTYPE html [<!ENTITY d "dcc">]>${hidden('http://www.&d;interface.co.uk/ResponseAndAlert')}`,
      'with an attribute from elsewhere': '<!DOCTYPE Response SYSTEM "http://elsewhere/dtd"><Response/>',
      'in an envelope': `<Envelope>${hidden(RA)}</Envelope>`,
    }).map(([what, body]): [string, Rule] => [
      `a DUIS document as an error page, ${what}`,
      { change: anErrorOf(body), cells: pageCells(unreadable) },
    ]),
  ),

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

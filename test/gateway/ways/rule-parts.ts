/** What rules of the gate are made of: what comes out on a way, and what is changed on the wire. */
import type { GatewayLimits } from '../../../src/gateway/limits.ts'
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

export const passes = { kind: 'passes' } as const
export const gone = { kind: 'gone' } as const
export const withStatus = (status: number) => ({ kind: 'passes', status }) as const
export const refused = (status: number, code: string) => ({ kind: 'refused', status, code }) as const
const inapplicable = (why: string) => ({ kind: 'does not apply', why }) as const

export const malformed = refused(502, 'GW_PEER_MALFORMED')
export const unreadable = refused(502, 'GW_REPLY_UNREADABLE')

export const everywhere = onAll(passes)
const repliesOnly = inapplicable('only replies have a status')
export const messagesOnly = inapplicable('only messages have a method, a path and a Host')
/** A User's reply answers the DSP, which goes by its status: no decision rests on its content. */
const notRead = passes

function onAll(cell: Cell): Rule['cells'] {
  return onMessagesAndReplies(cell, cell)
}

export function onMessagesAndReplies(message: Cell, reply: Cell): Rule['cells'] {
  return {
    'service request': message,
    "DSP's reply": reply,
    'response or alert': message,
    "User's reply": reply,
  }
}

/** What is decided on, and the one that is not read. */
export function whereRead(message: Cell, dspReply: Cell): Rule['cells'] {
  return { ...onMessagesAndReplies(message, dspReply), "User's reply": notRead }
}

// What a rule does to a message or reply.

export const saying = (start: string) => (wire: Wire) => ({ ...wire, start })
export const adding =
  (...lines: string[]) =>
  (wire: Wire) => ({ ...wire, fields: [...wire.fields, ...lines] })
export const without = (name: RegExp) => (wire: Wire) => ({
  ...wire,
  fields: wire.fields.filter((line) => !name.test(line)),
})
export const ofType = (type: string) => (wire: Wire) =>
  adding(`Content-Type: ${type}`)(without(/^Content-Type/)(wire))
export const bodied = (body: string) => (wire: Wire) =>
  adding(`Content-Length: ${body.length}`)({ ...unframed(wire), body })
export const chunkedAs = (body: (wire: Wire) => string) => (wire: Wire) =>
  adding('Transfer-Encoding: chunked')({ ...unframed(wire), body: body(wire) })
export const emptied =
  (start: string, ...lines: string[]) =>
  (wire: Wire) =>
    adding(...lines)({ ...unframed(wire), start, body: '' })
/** A reply with this status and `body`, whatever it was. */
const answering = (start: string, type: string, body: string) => (wire: Wire) =>
  ofType(type)(bodied(body)({ ...wire, start }))

export const unframed = without(/^Content-Length/)
export const hex = ({ body }: Wire) => body.length.toString(16)
export const oneChunk = (wire: Wire) => `${hex(wire)}\r\n${wire.body}\r\n0\r\n\r\n`
export const halves = ({ body }: Wire) =>
  [body.slice(0, body.length >> 1), body.slice(body.length >> 1)] as const
/** The version in a start line. */
export const ofVersion = (version: string) => (wire: Wire) => ({
  ...wire,
  start: wire.start.replace(/HTTP\/\d\.\d/, version),
})

/** Data of a Device under a root that only another reading finds. */
export const hidden = (namespace: string) =>
  `<r:Response xmlns:r="${namespace}"><r:GBCSPayload>AAAA</r:GBCSPayload></r:Response>`
export const PAGE = '<!DOCTYPE html><html><body>Bad gateway &#169;</body></html>'
export const anErrorOf = (body: string, type = 'text/html') =>
  answering('HTTP/1.1 502 Bad Gateway', type, body)
/** A page instead of a Response: no decision rests on a User's. */
export const pageCells = (dspReply: Cell) => ({
  'service request': repliesOnly,
  "DSP's reply": dspReply,
  'response or alert': repliesOnly,
  "User's reply": withStatus(502),
})
export const replyCells = (cell: Cell) => onMessagesAndReplies(repliesOnly, cell)

export const STAY = [
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
export const TWO_READINGS = [
  'application/xml; charset=utf-7',
  'application/xml;charset="UTF-16"',
  'text/xml; charset=ibm037',
  'text/xml; charset=utf-8; charset=utf-7',
  "text/xml; charset*=utf-7''x",
  'multipart/related; boundary=a',
]

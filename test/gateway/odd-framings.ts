/**
 * Requests in odd framings (test plan H3): those that the gateway refuses, with status and code, and those that it takes. Each
 * is what stands on a connection, as Latin-1.
 */
import { request } from '../fixtures/message.ts'

export const message = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const length = Buffer.byteLength(message)
const hex = length.toString(16)
const CHUNKED = `${hex}\r\n${message}\r\n0\r\n\r\n`
export const PATH = '/api/v1/serviceS'

/** A request from its parts; every line ends in CR LF. */
export function raw(lines: readonly string[], body = message): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

export const line = `POST ${PATH} HTTP/1.1`
export const host = 'Host: gateway'
export const measured = `Content-Length: ${length}`
const chunked = 'Transfer-Encoding: chunked'

/** What is sent, the status, and the code of the fault where the gateway answers with one. */
export const refusals: Record<string, [string, number, string]> = {
  'HTTP/1.0': [raw([`POST ${PATH} HTTP/1.0`, host, measured]), 505, 'GW_HTTP_VERSION'],
  'HTTP/1.0 without Host': [raw([`POST ${PATH} HTTP/1.0`, measured]), 505, 'GW_HTTP_VERSION'],
  'HTTP/1.0 with chunks': [raw([`POST ${PATH} HTTP/1.0`, host, chunked], CHUNKED), 505, 'GW_HTTP_VERSION'],
  'HTTP/2.0': [raw([`POST ${PATH} HTTP/2.0`, host, measured]), 505, 'GW_HTTP_VERSION'],
  'a request line without version': [
    `POST ${PATH}\nHost: x\nContent-Length: ${length}\n\n${message}`,
    400,
    '',
  ],
  'a bare LF after the request line': [`${line}\n${host}\r\n${measured}\r\n\r\n${message}`, 400, ''],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'GW_HTTP_VERSION'],
  'the first bytes of TLS': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'GW_HTTP_MALFORMED'],
  'no Host': [raw([line, measured]), 400, ''],
  'two Hosts': [raw([line, host, host, measured]), 400, 'GW_HTTP_HOST'],
  'two Hosts in different case': [raw([line, host, 'hOST: other', measured]), 400, 'GW_HTTP_HOST'],
  'an empty Host': [raw([line, 'Host:', measured]), 400, 'GW_HTTP_HOST'],
  'a GET with a body': [raw([`GET ${PATH} HTTP/1.1`, host, measured]), 405, 'GW_HTTP_METHOD'],
  'a PUT': [raw([`PUT ${PATH} HTTP/1.1`, host, measured]), 405, 'GW_HTTP_METHOD'],
  'an unknown method': [raw([`SEND ${PATH} HTTP/1.1`, host, measured]), 405, 'GW_HTTP_METHOD'],
  'another path': [raw(['POST /api/v1/serviceX HTTP/1.1', host, measured]), 404, 'GW_HTTP_PATH'],
  'a longer path': [raw([`POST ${PATH}/ HTTP/1.1`, host, measured]), 404, 'GW_HTTP_PATH'],
  'a path with dots': [raw([`POST /x/..${PATH} HTTP/1.1`, host, measured]), 404, 'GW_HTTP_PATH'],
  'an escaped path': [raw(['POST /api/v1/service%53 HTTP/1.1', host, measured]), 404, 'GW_HTTP_PATH'],
  'a doubled slash': [raw([`POST /${PATH} HTTP/1.1`, host, measured]), 404, 'GW_HTTP_PATH'],
  'an absolute target': [raw([`POST http://other${PATH} HTTP/1.1`, host, measured]), 404, 'GW_HTTP_PATH'],
  'an asterisk': [raw(['POST * HTTP/1.1', host, measured]), 404, 'GW_HTTP_PATH'],
  'an upgrade to h2c or a websocket': [
    raw([line, host, measured, 'Connection: Upgrade', 'Upgrade: h2c, websocket']),
    400,
    'GW_HTTP_UPGRADE',
  ],
  'an upgrade to a websocket': [
    raw([line, host, measured, 'Connection: Upgrade', 'Upgrade: websocket']),
    400,
    'GW_HTTP_UPGRADE',
  ],
  'no length': [raw([line, host], ''), 411, 'GW_HTTP_LENGTH'],
  'Content-Length and chunks': [raw([line, host, measured, chunked], CHUNKED), 400, ''],
  'two equal Content-Lengths': [raw([line, host, measured, measured]), 400, ''],
  'two different Content-Lengths': [raw([line, host, measured, 'Content-Length: 1']), 400, ''],
  'a list of Content-Lengths': [raw([line, host, `Content-Length: ${length}, ${length}`]), 400, ''],
  'a signed Content-Length': [raw([line, host, `Content-Length: +${length}`]), 400, ''],
  'a hexadecimal Content-Length': [raw([line, host, 'Content-Length: 0x10']), 400, ''],
  'a negative Content-Length': [raw([line, host, 'Content-Length: -1']), 400, ''],
  'two Transfer-Encodings': [raw([line, host, chunked, chunked], CHUNKED), 400, ''],
  'gzip, chunked': [raw([line, host, 'Transfer-Encoding: gzip, chunked'], CHUNKED), 400, 'GW_HTTP_FRAMING'],
  'a Transfer-Encoding that is not chunked': [raw([line, host, 'Transfer-Encoding: xchunked']), 400, ''],
  'chunked by another name': [raw([line, host, 'Transfer-Encoding: chunked, identity'], CHUNKED), 400, ''],
  'a space before the colon': [raw([line, host, `Content-Length : ${length}`]), 400, ''],
  'a folded header': [raw([line, host, 'X-A: 1\r\n 2', measured]), 400, ''],
  'a NUL in a header': [raw([line, host, 'X-A: \0', measured]), 400, ''],
  'a bare CR in a header': [raw([line, host, 'X-A: a\rb', measured]), 400, ''],
  'a chunk size with a bare LF': [raw([line, host, chunked], `${hex}\n${message}\r\n0\r\n\r\n`), 400, ''],
  'a chunk size that is no number': [raw([line, host, chunked], `zz\r\n${message}\r\n0\r\n\r\n`), 400, ''],
  'a compressed body': [raw([line, host, measured, 'Content-Encoding: gzip']), 415, 'GW_HTTP_ENCODING'],
  'an unknown coding': [
    raw([line, host, measured, 'Content-Encoding: identity, br']),
    415,
    'GW_HTTP_ENCODING',
  ],
  'two Content-Types': [
    raw([line, host, measured, 'Content-Type: application/xml', 'Content-Type: text/plain']),
    400,
    'GW_HTTP_FRAMING',
  ],
  'another expectation': [raw([line, host, measured, 'Expect: 200-ok']), 417, 'GW_HTTP_EXPECT'],
  'a body beyond the limit': [raw([line, host, 'Content-Length: 20000001'], ''), 413, 'GW_TOO_LARGE'],
  'long headers': [raw([line, host, measured, `X-A: ${'a'.repeat(20_000)}`]), 431, 'GW_HTTP_HEADERS'],
  'many headers': [
    raw([line, host, ...Array.from({ length: 70 }, (_, i) => `X-${i}: a`), measured]),
    431,
    'GW_HTTP_HEADERS',
  ],
  'a long target': [
    raw([`POST ${PATH}?${'a'.repeat(20_000)} HTTP/1.1`, host, measured]),
    431,
    'GW_HTTP_HEADERS',
  ],
}

export const permissions: Record<string, string> = {
  'Content-Length': raw([line, host, measured]),
  chunks: raw([line, host, chunked], CHUNKED),
  'chunks of one byte': raw(
    [line, host, chunked],
    `${[...message].map((character) => `1\r\n${character}\r\n`).join('')}0\r\n\r\n`,
  ),
  'chunks with extensions and a trailer': raw(
    [line, host, 'Transfer-Encoding:\tChunked'],
    `${hex};a=b\r\n${message}\r\n0\r\nX-Trailer: 1\r\n\r\n`,
  ),
  'an offer of h2c': raw([
    line,
    host,
    measured,
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMA',
  ]),
  'a query': raw([`POST ${PATH}?a=b%20c HTTP/1.1`, host, measured]),
  'Content-Encoding: identity': raw([line, host, measured, 'Content-Encoding: identity']),
}

/**
 * Requests as bytes, right and wrong: put together from parts that servers disagree about, then damaged. Seeded, so that
 * a finding can be had again.
 */

/** Numbers in [0, 1) from a seed. */
export type Random = () => number

export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('nothing to choose from')
  return value
}

/** Mostly the first, which is right; once in twenty-five one of the others. */
function mostly(random: Random, usual: string, others: readonly string[]): string {
  return random() < 0.96 ? usual : oneOf(random, others)
}

/** One to three requests on one connection, damaged in one case out of two. */
export function requestBytes(random: Random): Buffer {
  const count = random() < 0.7 ? 1 : 2 + Math.floor(random() * 2)
  const text = Array.from({ length: count }, () => request(random)).join('')
  const bytes = Buffer.from(text, 'latin1')
  const damages = random() < 0.6 ? 0 : 1 + Math.floor(random() * 3)
  let damaged: Buffer = bytes
  for (let i = 0; i < damages; i++) damaged = damage(random, damaged)
  return damaged
}

function request(random: Random): string {
  const eol = mostly(random, '\r\n', ['\n', '\r', '\r\r\n', '\n\r'])
  const line = [
    mostly(random, 'POST', ['GET', 'post', 'PUT', 'P OST', 'HEAD', 'CONNECT', 'POST\t', '']),
    mostly(random, ' ', ['  ', '\t', '']),
    mostly(random, '/a', [
      '/',
      '*',
      'http://h/a',
      '/a?b=c',
      '/a#b',
      '/\xe9',
      '/a b',
      '//a',
      '/a\t',
      '',
      'a:1',
    ]),
    mostly(random, ' ', ['  ', '\t', '']),
    mostly(random, 'HTTP/1.1', [
      'HTTP/1.0',
      'HTTP/2.0',
      'HTTP/1.1 ',
      'http/1.1',
      'HTTP/1.10',
      'HTTP/01.1',
      '',
    ]),
  ].join('')
  const { fields, body } = framing(random)
  const lines = [mostly(random, 'Host: h', HOSTS), ...fields, ...otherFields(random)]
  return `${mostly(random, '', ['\r\n', '\n', ' '])}${[line, ...shuffled(random, lines)].join(eol)}${eol}${eol}${body}`
}

const HOSTS = [
  'Host:',
  'Host: h\r\nHost: h',
  'host:h:80',
  'Host: a b',
  'Host: [::1]:80',
  'Host: h, i',
  'Hosts: h',
  'Host : h',
]

function otherFields(random: Random): string[] {
  return Array.from({ length: Math.floor(random() * 3) }, () => oneOf(random, OTHER_FIELDS))
}

const OTHER_FIELDS = [
  'Content-Type: application/xml',
  'X-A: b',
  'X-A:b',
  'X-A:  b  c\t ',
  'X-A:',
  'X-Long: 0123456789012345678901234567890123456789',
  'X-Latin: \xe9\xff',
  'X-Fold: a\r\n b',
  'X-Null: \0',
  'X-Bell: \x07',
  'X-Delete: \x7f',
  'X(bad): a',
  ': nameless',
  'nocolon',
  'Connection: close',
  'Connection: keep-alive, X-A',
  // Not h2c, whose offer is passed over: behind any offer Node's parser reads no further message.
  'Connection: Upgrade\r\nUpgrade: irc',
  'Expect: 100-continue',
  'Expect: 200-ok',
  'Keep-Alive: timeout=5',
  'Trailer: X-T',
  'Proxy-Connection: keep-alive',
]

interface Framed {
  readonly fields: readonly string[]
  readonly body: string
}

function framing(random: Random): Framed {
  const body = oneOf(random, ['', 'x', 'hello', '<a>\r\n</a>', 'POST /b HTTP/1.1\r\nHost: h\r\n\r\n'])
  const measured = mostly(random, `Content-Length: ${body.length}`, [
    `Content-Length: ${body.length + 1}`,
    `Content-Length: +${body.length}`,
    `Content-Length: 0${body.length}`,
    `Content-Length: ${body.length}, ${body.length}`,
    `Content-Length: 0x${body.length}`,
    `Content-Length:${body.length} `,
    'Content-Length: ',
    'Content-Length: 99999999999999999999',
    `Content-Length: ${body.length}\r\nContent-Length: ${body.length}`,
  ])
  const chunked = mostly(random, 'Transfer-Encoding: chunked', [
    'Transfer-Encoding: Chunked',
    'Transfer-Encoding:\tchunked ',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: chunked;a=b',
  ])
  const choice = random()
  if (choice < 0.45) return { fields: [measured], body }
  if (choice < 0.9) return { fields: [chunked], body: chunks(random, body) }
  if (choice < 0.95) return { fields: [measured, chunked], body: chunks(random, body) }
  return { fields: [], body }
}

function chunks(random: Random, body: string): string {
  const cut = Math.floor(random() * (body.length + 1))
  const parts = [body.slice(0, cut), body.slice(cut)].filter((part) => part !== '')
  const eol = () => mostly(random, '\r\n', ['\n', '\r', '\r\r\n', ''])
  const written = parts.map((part) => {
    const size = mostly(random, part.length.toString(16), [
      `0${part.length.toString(16)}`,
      `00000000${part.length.toString(16)}`,
      (part.length + 1).toString(16),
      `0x${part.length.toString(16)}`,
      ` ${part.length.toString(16)}`,
      '',
      'ffffffffffffffff5',
    ])
    return `${size}${mostly(random, '', EXTENSIONS)}${eol()}${part}${eol()}`
  })
  const last = mostly(random, '0', ['00', '000000000', '0x0', ''])
  return `${written.join('')}${last}${mostly(random, '', EXTENSIONS)}${eol()}${mostly(random, '', TRAILERS)}${eol()}`
}

const EXTENSIONS = [
  ';a',
  ';a=b',
  ';a="b c"',
  ';a="\\""',
  ';',
  ' ;a',
  '; a',
  ';a =b',
  ';a=b;c',
  ';a;;b',
  ';\xe9',
  ';a=',
  ';a="b',
  ';a=b"c"',
  ';a\tb',
]

const TRAILERS = [
  'X-T: a\r\n',
  'X-T:a\r\nX-U: b\r\n',
  'X-T: a\n',
  'X-T\r\n',
  ': a\r\n',
  'X-T: \0\r\n',
  ' X-T: a\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Host: i\r\n',
]

function shuffled<Value>(random: Random, values: readonly Value[]): Value[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value)
}

const DAMAGING = Buffer.from('\r\n\t \0:;,"/0aAfG\x7f\x80\xff\x0b\x0c', 'latin1')

/** One byte changed, put in or taken out, a stretch doubled, or the end cut off. */
function damage(random: Random, bytes: Buffer): Buffer {
  const at = Math.floor(random() * bytes.length)
  const byte = Buffer.from([DAMAGING[Math.floor(random() * DAMAGING.length)] ?? 0])
  const [before, from, behind] = [bytes.subarray(0, at), bytes.subarray(at), bytes.subarray(at + 1)]
  switch (Math.floor(random() * 5)) {
    case 0:
      return Buffer.concat([before, byte, behind])
    case 1:
      return Buffer.concat([before, byte, from])
    case 2:
      return Buffer.concat([before, behind])
    case 3:
      return Buffer.concat([before, from.subarray(0, 1 + Math.floor(random() * 20)), from])
    default:
      return before
  }
}

/** A head that is compared with the last one says what it would say when it was read. */
import t from 'tap'
import { HeadScanner } from '../../src/http1/head-scanner.ts'
import { LastHead } from '../../src/http1/last-head.ts'
import { type RequestHead, readRequestHead } from '../../src/http1/request-head.ts'
import { oneOf, type Random, randomFrom } from './request-bytes.ts'

const MAX_BYTES = 1_024
const MAX_FIELDS = 64

interface Read {
  readonly head: RequestHead
  readonly scanner: HeadScanner
}

/** Reads strictly; undefined when the head is not whole, or wrong. */
function read(bytes: Buffer, at: number): Read | undefined {
  const scanner = new HeadScanner(MAX_BYTES)
  if (scanner.scan(bytes, at) || !scanner.isComplete) return undefined
  const text = bytes.toString('latin1', at, at + scanner.length)
  const head = readRequestHead(scanner, text, MAX_FIELDS)
  return head && { head, scanner }
}

function lastHead(): LastHead<RequestHead> {
  return new LastHead((head, fields, contentLength) => ({ ...head, fields, contentLength }))
}

function keep(last: LastHead<RequestHead>, text: string): void {
  const bytes = Buffer.from(text, 'latin1')
  const found = read(bytes, 0)
  if (found && !found.head.objection) last.keep(found.head, found.scanner, bytes, 0)
}

const LENGTHS = [
  '0',
  '7',
  '18',
  '1847',
  '00',
  '018',
  '999999999999999',
  '1000000000000000',
  '',
  ' 5',
  '5 ',
  '+5',
  '5,5',
  '0x5',
]

function headOf(random: Random, length: string): string {
  const lines = [
    'Host: dsp.example',
    'Content-Type: application/xml',
    oneOf(random, [`Content-Length: ${length}`, `content-length:${length}\t`, `Content-Length: ${length}`]),
    oneOf(random, [
      'Connection: keep-alive',
      'Connection: close',
      'Vary: content-length',
      'Expect: 100-continue',
    ]),
  ]
  const order = lines.map((line) => ({ line, place: random() })).sort((one, other) => one.place - other.place)
  return `POST /${oneOf(random, ['', 'a'])} HTTP/1.1\r\n${order.map(({ line }) => line).join('\r\n')}\r\n\r\n`
}

/** The same head with another length, or with one byte altered, left out or put in. */
function variant(random: Random, text: string): string {
  if (random() < 0.6) return text.replace(/(content-length: ?)[^\r\t]*/i, `$1${oneOf(random, LENGTHS)}`)
  const at = Math.floor(random() * text.length)
  return (
    text.slice(0, at) +
    oneOf(random, ['', 'a', '0', '\r', '\n', ':']) +
    text.slice(at + Math.floor(random() * 2))
  )
}

t.test('what is found is what reading the same bytes says, and where it ends', async (t) => {
  const random = randomFrom(5)
  const last = lastHead()
  const wrong: string[] = []
  let found = 0
  for (let round = 0; round < 30_000; round++) {
    const text = headOf(random, oneOf(random, LENGTHS.slice(0, 4)))
    keep(last, text)
    const next = variant(random, text)
    const before = 'x'.repeat(Math.floor(random() * 20))
    const behind = oneOf(random, ['', '<body/>', '0', '\r\n'])
    const all = Buffer.from(before + next + behind, 'latin1')
    const bytes = random() < 0.2 ? all.subarray(0, Math.floor(random() * all.length)) : all
    const head = last.find(bytes, Math.min(before.length, bytes.length))
    if (!head) continue
    found++
    const strict = read(bytes, before.length)
    const isSame = JSON.stringify(strict?.head) === JSON.stringify(head)
    if (!isSame || strict?.scanner.length !== last.length)
      wrong.push(JSON.stringify([text, bytes.toString()]))
  }
  t.same(wrong.slice(0, 3), [])
  t.ok(found > 5_000, `${found} found`)
})

t.test(
  'a head of the same bytes is found with every length that may be stated, and with no other',
  async (t) => {
    const last = lastHead()
    const head = (length: string) =>
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\nAccept: */*\r\n\r\n`
    keep(last, head('5'))
    const found = (length: string) => last.find(Buffer.from(head(length)), 0)?.contentLength
    t.same(
      LENGTHS.map((length) => [length, found(length)]),
      LENGTHS.map((length) => [length, /^(?:0|[1-9]\d{0,14})$/.test(length) ? Number(length) : undefined]),
    )
  },
)

t.test('none is found before one was kept, nor after one that cannot be', async (t) => {
  const last = lastHead()
  const measured = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n'
  t.equal(last.find(Buffer.from(measured), 0), undefined)
  keep(last, measured)
  t.ok(last.find(Buffer.from(measured), 0))
  keep(last, 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  t.equal(last.find(Buffer.from(measured), 0), undefined)
  keep(last, measured.replace('\r\n\r\n', `\r\nA: ${'a'.repeat(980)}\r\n\r\n`))
  t.equal(last.find(Buffer.from(measured), 0), undefined)
})

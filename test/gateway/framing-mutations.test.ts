/**
 * Odd framings with one byte changed (test plan H3): whatever is taken is plainly one HTTP/1.1 POST of one body to a known
 * path, judged by a reading of the bytes that shares nothing with the gateway's.
 */
import t from 'tap'
import { oneOf, randomFrom } from '../http1/request-bytes.ts'
import { openSocket, readToEnd, statusesIn } from '../support/raw-client.ts'
import { startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import { permissions, refusals } from './odd-framings.ts'

const TAKEN = 202
const BYTES = [...'\r\n\t :;,0129aAzZ/\\?#%"\0\x0b\x7f\x80\xff-+']
const MAX_HEAD = 400

/** Whether the head, read line by line, says each thing once and in the one way that is allowed. */
function isPlain(sent: string): boolean {
  const [head = '', body] = sent.split(/\r\n\r\n(.*)/s)
  const [requestLine = '', ...lines] = head.split('\r\n')
  const fields = lines.map((text) =>
    /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\0-\x08\n-\x1f\x7f]*?)[ \t]*$/.exec(text),
  )
  const valuesOf = (name: string) =>
    fields
      .filter((field) => field?.[1]?.toLowerCase() === name)
      .map((field) => field?.[2]?.toLowerCase() ?? '')
  const [lengths, encodings] = [valuesOf('content-length'), valuesOf('transfer-encoding')]
  return (
    body !== undefined &&
    /^POST \/api\/v1\/service[TSD](?:\?[^ #\0-\x1f\x7f-\xff]*)? HTTP\/1\.1$/.test(requestLine) &&
    !fields.includes(null) &&
    valuesOf('host').length === 1 &&
    lengths.length + encodings.length === 1 &&
    lengths.every((length) => /^\d+$/.test(length) && Number(length) <= body.length) &&
    encodings.every((encoding) => encoding === 'chunked') &&
    valuesOf('upgrade').every((protocol) => protocol === 'h2c') &&
    valuesOf('expect').every((expectation) => expectation === '100-continue') &&
    valuesOf('content-encoding').every((coding) => coding === 'identity') &&
    valuesOf('content-type').length <= 1
  )
}

/** The request with one byte of its head changed, put in or taken out, at every place in turn. */
function mutationsOf(sent: string, seed: number): string[] {
  const random = randomFrom(seed)
  const end = Math.min(sent.indexOf('\r\n\r\n') + 4, MAX_HEAD)
  return Array.from({ length: Math.max(end, 0) }, (_, at) => {
    const skipped = Math.floor(random() * 2)
    const put = random() < 0.75 ? oneOf(random, BYTES) : ''
    return sent.slice(0, at) + put + sent.slice(at + (put === '' ? 1 : skipped))
  })
}

t.test('takes nothing but plain messages, whichever byte is changed', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(TAKEN, ''))
  const { southbound } = scenario.gateway.ports
  const plain = Object.values(permissions)
  const all = [...plain, ...plain, ...plain, ...Object.values(refusals).map(([sent]) => sent)]
  const sent = all.filter((bytes) => bytes.length < 8_000).flatMap((bytes, seed) => mutationsOf(bytes, seed))
  const tally = { sent: sent.length, taken: 0, plain: 0 }
  const run = async () => {
    for (let bytes = sent.pop(); bytes !== undefined; bytes = sent.pop()) {
      const isTaken = statusesIn(await sendEnded(southbound, bytes)).includes(TAKEN)
      if (isPlain(bytes)) tally.plain++
      if (isTaken) tally.taken++
      if (isTaken && !isPlain(bytes)) t.fail('taken although it is not plain', { bytes })
    }
  }
  await Promise.all(Array.from({ length: 16 }, run))
  t.comment(`figure: ${tally.sent} requests with one byte changed, ${tally.taken} taken, every one plain`)
  t.ok(tally.sent > 2_000)
  t.ok(tally.taken > 100, 'some of them were still messages')
})

/** Ends the sending side, so that what is not whole is not waited for. */
async function sendEnded(port: number, bytes: string): Promise<string> {
  const socket = await openSocket(port)
  socket.end(bytes, 'latin1')
  return readToEnd(socket)
}

/** Text of files: UTF-8 as it is, anything else by the line and byte that are not. */
import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import t from 'tap'
import { readUtf8 } from '../../src/core/utf8-text.ts'

t.test('what is UTF-8 is read as it is, without a byte order mark', async (t) => {
  t.same(readUtf8(Buffer.from('\uFEFF£ a\r\n€')), { ok: true, text: '£ a\r\n€' })
  t.same(readUtf8(Buffer.alloc(0)), { ok: true, text: '' })
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const read = readUtf8(Buffer.from(`.${text}`))
      return read.ok && read.text === `.${text}`
    }),
  )
})

t.test('what is not is told with its line, whatever ends the lines before', async (t) => {
  const latin = (text: string) => readUtf8(Buffer.from(text, 'latin1'))
  for (const end of ['\n', '\r\n', '\r'])
    t.match(latin(`a${end}${end}b\xA3`), {
      ok: false,
      line: 3,
      fault: /^byte 2 of the line \(\d+ of the file\) is 0xA3, which is not UTF-8; save the file as UTF-8$/,
    })
  t.match(latin('\xFF'), { ok: false, line: 1 })
})

t.test('any bytes are either UTF-8 or have a first byte that is not', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = readUtf8(bytes)
      if (read.ok) return isUtf8(bytes)
      const at = Number(/\((\d+) of the file\)/.exec(read.fault)?.[1]) - 1
      return isUtf8(bytes.subarray(0, at)) && !isUtf8(bytes)
    }),
    { numRuns: 2_000 },
  )
})

/** Bytes taken four at a time: what they answer is what a walk over single bytes answers. */
import t from 'tap'
import { isSame, skipPlain, skipSpaces } from '../../src/core/duis/words.ts'

const viewOf = (...bytes: readonly number[]) => new DataView(Uint8Array.from(bytes).buffer)

const PLAIN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789()*+,-./:;'
const [LETTER, SPACE] = [0x61, 0x20]

t.test('a word is passed over as plain where each of its bytes is, whatever its neighbours are', (t) => {
  const plain = new Set(Buffer.from(PLAIN))
  const wrong: string[] = []
  for (let one = 0; one < 256; one++)
    for (let other = 0; other < 256; other++) {
      const expected = plain.has(one) && plain.has(other) ? 4 : 0
      for (const word of [
        viewOf(one, other, LETTER, LETTER),
        viewOf(LETTER, one, other, LETTER),
        viewOf(LETTER, LETTER, one, other),
      ])
        if (skipPlain(word, 0, 4) !== expected) wrong.push(`${one} ${other}`)
    }
  t.same(wrong, [])
  t.end()
})

t.test('only whole words are passed over, and none beyond the end', (t) => {
  const letters = viewOf(...Array<number>(12).fill(LETTER))
  t.same(
    [3, 4, 7, 8, 11].map((end) => skipPlain(letters, 0, end)),
    [0, 4, 4, 8, 8],
  )
  t.equal(skipPlain(letters, 1, 9), 9)
  const spaces = viewOf(...Array<number>(10).fill(SPACE), LETTER, SPACE)
  t.same(
    [3, 4, 7, 8, 12].map((end) => skipSpaces(spaces, 0, end)),
    [0, 4, 4, 8, 8],
  )
  t.end()
})

t.test('two places are the same where each of their bytes is', (t) => {
  for (let length = 0; length <= 9; length++)
    for (let place = 0; place < 9; place++) {
      const bytes = Array.from({ length: 9 }, (_, n) => n)
      const other = bytes.with(place, 0xff)
      t.equal(
        isSame(viewOf(...bytes), 0, viewOf(0, ...other), 1, length),
        place >= length,
        `${length} ${place}`,
      )
    }
  t.end()
})

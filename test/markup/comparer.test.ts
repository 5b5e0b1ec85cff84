/** The compiled comparison of messages with skeletons, beside plain ones, whatever stood in its memory before. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { compiledCode, TARGET } from '../../scripts/markup-code.ts'
import { SeededRandom } from '../../src/cli/load/seeded-random.ts'
import { Comparer, MAX_COMPARED_BYTES } from '../../src/core/markup/comparer.ts'
import { type KnownFacts, MAX_SLOTS, type Skeleton, skeletonOf } from '../../src/core/markup/skeleton.ts'

const random = new SeededRandom(16)
const below = (most: number) => random.between(0, most)
/** What is held is about bytes alone. */
const NO_FACTS = {} as KnownFacts

function skeletonAround(pieces: readonly string[]): Skeleton {
  return skeletonOf(
    pieces.map((piece) => Buffer.from(piece, 'latin1')),
    [],
    NO_FACTS,
  )
}

/** The values between the pieces; undefined when the message is not the pieces with values in between. */
function plainFit(pieces: readonly string[], message: string): readonly string[] | undefined {
  const values: string[] = []
  let at = 0
  for (const [index, piece] of pieces.entries()) {
    if (!message.startsWith(piece, at)) return undefined
    at += piece.length
    if (index === pieces.length - 1) break
    const value = /^[\t\n\r\x20-\x7f]*/.exec(message.slice(at))?.[0].replace(/[<>&\]].*$/s, '') ?? ''
    at += value.length
    if (message[at] !== '<') return undefined
    values.push(value)
  }
  return at === message.length ? values : undefined
}

/** Compares in a memory that others have used before. */
function fit(comparer: Comparer, skeleton: Skeleton, message: string): readonly string[] | undefined {
  const bytes = Buffer.from(message, 'latin1')
  if (!comparer.hold(bytes)) return undefined
  if (comparer.fittingLength(skeleton) !== bytes.length) return undefined
  return Array.from({ length: skeleton.slots }, (_, slot) =>
    message.slice(comparer.spans[slot * 2], comparer.spans[slot * 2 + 1]),
  )
}

function used(filling: string): Comparer {
  const comparer = new Comparer()
  comparer.hold(Buffer.alloc(MAX_COMPARED_BYTES, filling, 'latin1'))
  return comparer
}

t.test('the code is what its source compiles to', async (t) => {
  t.equal(readFileSync(TARGET, 'utf8'), await compiledCode())
})

t.test('a run of any length is the same only when each of its bytes is', async (t) => {
  const comparer = used('a')
  const wrong: string[] = []
  for (let length = 0; length <= 70; length++) {
    const skeleton = skeletonAround(['<x>', `<${'a'.repeat(length)}`])
    const message = `<x>v<${'a'.repeat(length)}`
    if (!fit(comparer, skeleton, message)) wrong.push(`${length} misses its own`)
    const altered = [...Array(message.length).keys()]
      .filter((at) => message[at] !== 'v')
      .map((at) => `${message.slice(0, at)}b${message.slice(at + 1)}`)
    for (const other of [...altered, message.slice(0, -1), `${message}a`, message.slice(1)])
      if (fit(comparer, skeleton, other)) wrong.push(`${length} takes ${other}`)
  }
  t.same(wrong, [])
})

t.test('a slot takes what it may, at any place of it, and nothing else', async (t) => {
  const wrong: string[] = []
  const pieces = ['<x>', '</x>']
  const skeleton = skeletonAround(pieces)
  for (const comparer of ['a', '<', '\0'].map(used))
    for (let length = 1; length <= 36; length++)
      for (let at = 0; at < length; at++)
        for (let byte = 0; byte < 256; byte++) {
          const message = `<x>${'v'.repeat(at)}${String.fromCharCode(byte)}${'v'.repeat(length - at - 1)}</x>`
          if (fit(comparer, skeleton, message)?.[0] !== plainFit(pieces, message)?.[0])
            wrong.push(`byte ${byte} at ${at} of ${length}`)
        }
  t.same(wrong, [])
})

t.test('random messages fit random skeletons just where the plain comparison says so', async (t) => {
  const text = (most: number, letters: string) =>
    Array.from({ length: below(most) }, () => letters[below(letters.length)]).join('')
  const comparer = used('<')
  const wrong: string[] = []
  let fits = 0
  for (let round = 0; round < 20_000; round++) {
    const pieces = ['<r>']
    for (let slot = below(5); slot >= 0; slot--) pieces.push(`<${text(40, 'ab<>/')}>`)
    const values = pieces.map(() => text(40, 'ab ]&\t'.slice(0, below(3) === 0 ? 6 : 3)))
    let message = pieces
      .map((piece, index) => piece + (index < pieces.length - 1 ? values[index] : ''))
      .join('')
    if (below(3) === 0) {
      const at = below(message.length)
      message = message.slice(0, at) + text(3, 'ab<>') + message.slice(at + below(3))
    }
    const expected = plainFit(pieces, message)
    const found = fit(comparer, skeletonAround(pieces), message)
    if (expected) fits++
    if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(JSON.stringify({ pieces, message }))
  }
  t.same(wrong.slice(0, 3), [])
  t.ok(fits > 5_000 && fits < 19_000, `${fits} fit`)
})

t.test(
  'the Body and tags behind it are found wherever they stand, and nothing of the message before',
  async (t) => {
    const comparer = used('<Body>')
    const wrong: string[] = []
    for (let before = 0; before < 40; before++)
      for (let behind = 0; behind < 40; behind++) {
        const message = `${'B'.repeat(before)}Body>${'<a'.repeat(behind)}`
        comparer.hold(Buffer.from(message))
        if (comparer.bodyAt() !== before) wrong.push(`Body of ${message}`)
        comparer.hold(Buffer.from(message.replace('y>', 'y')))
        if (comparer.bodyAt() !== -1) wrong.push(`no Body of ${message}`)
        comparer.hold(Buffer.from(message))
        for (const within of [3, 16, 17, 200])
          for (const count of [1, 2, 9, 33]) {
            const place = before + 5 + (count - 1) * 2
            const expected = count <= behind && place < before + within ? place : -1
            if (comparer.tagAt(before, within, count) !== expected)
              wrong.push(`${count} within ${within} of ${message}`)
          }
      }
    t.same(wrong.slice(0, 3), [])
  },
)

t.test('the hash of tags goes by one byte of each, in their order', async (t) => {
  const plainHash = (message: string) => {
    let hash = 0
    for (let at = 0; at + 5 < message.length; at++)
      if (message[at] === '<') hash = (Math.imul(hash, 31) + message.charCodeAt(at + 5)) | 0
    return hash
  }
  const comparer = used('<')
  const wrong: string[] = []
  for (let round = 0; round < 5_000; round++) {
    const message = Array.from({ length: below(90) }, () => '<ab'[below(3)]).join('')
    comparer.hold(Buffer.from(message))
    if (comparer.hashOfTags(5) !== plainHash(message)) wrong.push(message)
  }
  t.same(wrong.slice(0, 3), [])
})

t.test('the largest message and the largest skeleton have their room', async (t) => {
  const comparer = used('a')
  t.notOk(comparer.hold(Buffer.alloc(MAX_COMPARED_BYTES + 1)))
  const pieces = ['<x>', ...Array.from({ length: MAX_SLOTS }, () => '</x><x>'), '']
  const most = skeletonAround([...pieces.slice(0, MAX_SLOTS), '</x>'])
  const room = MAX_COMPARED_BYTES - most.bytes.length + most.slots * 4
  const message = `<x>${Array.from({ length: most.slots }, (_, slot) => (slot === 0 ? 'v'.repeat(room) : '')).join('</x><x>')}</x>`
  t.equal(message.length, MAX_COMPARED_BYTES)
  t.equal(most.slots, MAX_SLOTS)
  t.equal(fit(comparer, most, message)?.[0]?.length, room)
  const long = skeletonAround([`<x>${'a'.repeat(32_765 - 4)}`, '</x>'])
  t.ok(fit(comparer, long, `<x>${'a'.repeat(32_765 - 4)}</x>`))
  const beyond = skeletonAround(['<x>', `<${'\0'.repeat(32_000)}`, '<'])
  t.notOk(
    fit(comparer, beyond, `<x>${'v'.repeat(MAX_COMPARED_BYTES - 4)}<`),
    'nothing is read beyond the memory',
  )
})

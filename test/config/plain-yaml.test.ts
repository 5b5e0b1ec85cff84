// YAML from anybody: within bounds before anything is made of it, and every fault with its line.
import t from 'tap'
import { readYaml } from '../../src/config/plain-yaml.ts'

const faultsOf = (text: string) => {
  const read = readYaml(text)
  return read.ok ? [] : read.faults
}

t.test('a value, and its nodes with their lines', (t) => {
  t.match(readYaml('a: 1\nb: [2, {c: "3"}]\n'), { ok: true, value: { a: 1, b: [2, { c: '3' }] } })
  t.match(readYaml('# nothing yet\n'), { ok: true, value: null })
  t.match(readYaml(' \n'), { ok: false, faults: [{ text: 'the file is empty' }] })
  t.end()
})

t.test('what is nested too deep is one fault, however it is nested, and is not parsed', (t) => {
  for (const [name, text] of [
    ['lists', 'rows: '.concat('['.repeat(100_000))],
    ['maps', '{a: '.repeat(65)],
    ['over lines', '[\n'.repeat(50_000)],
    ['in a line', '- '.repeat(50_000)],
    ['keys', '? '.repeat(50_000)],
  ] as const)
    t.match(faultsOf(text), [{ text: /nested more than 64 levels deep$/, line: Number }], name)
  t.match(faultsOf(`a: 1\nb:\n  ${'['.repeat(65)}`), [{ line: 3 }])
  t.end()
})

t.test('64 levels are read, and brackets in text are no levels', (t) => {
  t.equal(readYaml(`${'['.repeat(64)}${']'.repeat(64)}`).ok, true)
  t.equal(readYaml(`a: "${'['.repeat(999)}"\nb: |\n  ${'[ '.repeat(999)}\n# ${'{'.repeat(999)}\n`).ok, true)
  t.equal(readYaml(Array.from({ length: 999 }, () => '- [{a: []}]').join('\n')).ok, true)
  t.end()
})

t.test('as many keys as fit in a list are read in time, and each is looked for twice', (t) => {
  const keys = Array.from({ length: 40_000 }, (_, n) => `k${n}:\n`)
  const { user } = process.cpuUsage()
  t.equal(readYaml(keys.join('')).ok, true)
  t.match(faultsOf(`${keys.join('')}k7:\n`), [{ text: /the key stands above already/, line: 40_001 }])
  const ofKeys = process.cpuUsage().user - user
  const list = keys.map((_, n) => `- k${n}\n`).join('')
  const before = process.cpuUsage().user
  for (let round = 0; round < 2; round++) readYaml(list)
  t.ok(ofKeys < 20 * (process.cpuUsage().user - before), 'a map costs a small multiple of a list')
  t.match(faultsOf('a: {b: 1, b: 2}\n1: x\n1: y\n'), [{ line: 1 }, { line: 3 }])
  t.end()
})

t.test('faults have their lines, and twenty of them are enough', (t) => {
  t.match(faultsOf('a: 1\na: 2\n'), [{ text: /the key stands above already/, line: 2 }])
  t.match(faultsOf('a: *none\n'), [{ text: /^this is not plain YAML: / }])
  t.equal(faultsOf('[]'.repeat(1_000)).length, 20)
  const bomb = [
    'a: &a [1,1,1,1,1,1,1,1]',
    ...Array.from(
      { length: 9 },
      (_, n) => `${'bcdefghij'[n]}: &${'bcdefghij'[n]} [${Array(8).fill(`*${'abcdefghi'[n]}`)}]`,
    ),
  ]
  t.match(faultsOf(bomb.join('\n')), [{ text: /alias/i }])
  t.end()
})

/** `devices`: on a real store, from real files. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { duisgate, jsonLines, type RunOptions, temporaryFolder } from './run.ts'

const METER = '00-DB-12-34-56-78-90-A0'
const PROXY = '00-DB-12-34-56-78-90-A1'
const HUB = '00-DB-12-34-56-78-90-A2'
const CSV = `device_id,type,hub,mpxn,status,region,generation
${METER},ESME,${HUB},1200012345679,Commissioned,north,SMETS2
${PROXY.toLowerCase()},gpf,${HUB},,,,
${HUB},CHF,,,,,
`

/** A folder of its own, removed at the end, with the store inside. */
function place(t: Test): (words: readonly string[], options?: RunOptions) => ReturnType<typeof duisgate> {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'inventory.csv'), CSV)
  return (words, options) =>
    duisgate([...words, '--store', join(folder, 'duisgate.db')], { folder, ...options })
}

t.test('an inventory is imported and shown', async (t) => {
  const run = place(t)
  t.match(await run(['devices', 'import', 'inventory.csv']), {
    code: 0,
    stdout: '3 Devices imported, 0 bad rows\n',
  })
  const { code, stdout } = await run(['devices', 'show', METER.toLowerCase(), '--json'])
  t.equal(code, 0)
  t.match(jsonLines(stdout)[0], {
    device: METER,
    known: true,
    type: 'ESME',
    hub: HUB,
    mpxn: '1200012345679',
    status: 'Commissioned',
    generation: 'SMETS2',
    restricted: false,
  })
  t.match(await run(['devices', 'show', PROXY]), { stdout: /type +GPF/ })
})

t.test('columns may stand in any order, quoted, with a byte order mark and CRLF', async (t) => {
  const run = place(t)
  const stdin = `\uFEFFRegion,"device_id",type\r\n"north, ""west""",${METER},ESME\r\n`
  t.match(await run(['devices', 'import', '-'], { stdin }), { code: 0, stdout: /^1 Device imported/ })
  t.match(await run(['devices', 'show', METER, '--json']), { stdout: /"region":"north, \\"west\\""/ })
})

t.test('each bad row is told with its line and why, and nothing at all is applied', async (t) => {
  const run = place(t)
  const stdin = `device_id,type,hub,mpxn,generation,status\n${METER},ESME,,,,\nx,ESME,,,,\n${PROXY},KETTLE,,,,\n${PROXY},GPF,y,,,\n${PROXY},GPF,,12,,\n${PROXY},GPF,,,3,\n${PROXY}\n${PROXY},,,1200012345678,,Decomissioned\n`
  const { code, stdout, stderr } = await run(['devices', 'import', '-'], { stdin })
  t.match({ code, stdout }, { code: 1, stdout: '0 Devices imported, 7 bad rows\n' })
  for (const line of [
    'line 3: device_id "x" is not an EUI-64',
    'line 4: type "KETTLE" is not one of ESME',
    'line 5: hub "y"',
    'line 6: mpxn "12"',
    'line 7: generation "3"',
    'line 8: has 1 field where the header has 6',
    'line 9: mpxn "1200012345678" is no meter point number: the check digit of MPAN',
    'did you mean Decommissioned?',
  ]) {
    t.ok(stderr.includes(line), line)
  }
  t.match(await run(['devices', 'show', METER]), { code: 1, stdout: /known +false/ })
})

t.test('--skip-bad applies the good rows', async (t) => {
  const run = place(t)
  const stdin = `device_id\n${METER}\nx\n`
  t.match(await run(['devices', 'import', '-', '--skip-bad', '--json'], { stdin }), {
    code: 0,
    stdout: '{"applied":1,"bad":1}\n',
    stderr: /line 3/,
  })
  t.equal((await run(['devices', 'show', METER])).code, 0)
})

t.test(
  'a file that is no CSV in UTF-8 with known columns imports nothing, also with --skip-bad',
  async (t) => {
    const run = place(t)
    const cases = {
      'unclosed.csv': { bad: 0, fault: 'line 3: a quote is opened and not closed' },
      'typo.csv': { bad: 0, fault: 'line 1: there is no column "regoin"; did you mean region?' },
      'latin.csv': {
        bad: 0,
        fault: 'line 2: byte 30 of the line (52 of the file) is 0xFF, which is not UTF-8',
      },
    }
    for (const [name, { bad, fault }] of Object.entries(cases)) {
      const csv = fileURLToPath(new URL(`../csv/cases/${name}`, import.meta.url))
      const { code, stdout, stderr } = await run(['devices', 'import', csv, '--skip-bad', '--json'])
      t.equal(code, 1)
      t.match(jsonLines(stdout), [{ applied: 0, bad, faults: [{ text: String }] }])
      t.ok(stderr.includes(fault), stderr)
      t.match(stderr, /nothing was imported; mend the file/)
    }
    t.equal((await run(['devices', 'show', METER])).code, 1, 'nor what came before the fault')
  },
)

t.test('bad rows come as a file that can be corrected and imported', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const at = (name: string) => join(folder, name)
  const run = (words: readonly string[]) => duisgate([...words, '--store', at('duisgate.db')], { folder })
  const wrong = Array.from({ length: 60 }, (_, n) => `x${n},=north\n`).join('')
  writeFileSync(at('in.csv'), `device_id,region\n${METER},north\n${wrong}${PROXY}\n`)
  const first = await run(['devices', 'import', 'in.csv', '--skip-bad', '--bad-rows', 'bad.csv'])
  t.match(first, { code: 0, stdout: '1 Device imported, 61 bad rows\n' })
  t.match(first.stderr, /and 11 more; all of them are in bad\.csv/)
  const lines = readFileSync(at('bad.csv'), 'utf8').split('\r\n')
  t.equal(lines[0], 'problem,device_id,region')
  t.equal(lines[1], `"line 3: device_id ""x0"" is not an EUI-64",x0,'=north`)
  t.equal(lines[61], `line 63: has 1 field where the header has 2,${PROXY}`)
  t.match(await run(['devices', 'import', 'bad.csv']), {
    code: 1,
    stdout: /^0 Devices imported, 61 bad rows/,
  })

  const again = await run(['devices', 'import', 'bad.csv', '--bad-rows', 'bad.csv'])
  t.match(again, { code: 2, stderr: /cannot write the bad rows to bad.csv \(it is there already\)/ })
  t.equal(readFileSync(at('bad.csv'), 'utf8'), lines.join('\r\n'), 'and is as it was')

  writeFileSync(at('mended.csv'), `${lines[0]}\r\n${lines[1]?.replace(',x0,', `,${HUB},`)}\r\n`)
  const mended = await run(['devices', 'import', 'mended.csv', '--bad-rows', 'none.csv'])
  t.match(mended, { code: 0, stdout: '1 Device imported, 0 bad rows\n' })
  t.notOk(existsSync(at('none.csv')), 'without a bad row there is no file')
  t.match(await run(['devices', 'show', HUB]), { code: 0, stdout: /region +=north/ })
})

t.test('a file without header, or without device_id, is told', async (t) => {
  const run = place(t)
  t.match(await run(['devices', 'import', '-'], { stdin: '' }), {
    code: 1,
    stderr: /line 1: the file is empty/,
  })
  t.match(await run(['devices', 'import', '-'], { stdin: 'type\nESME\n' }), {
    code: 1,
    stderr: /no device_id column/,
  })
  t.match(await run(['devices', 'import', '-'], { stdin: 'device_id,device_id\n' }), {
    code: 1,
    stderr: /twice/,
  })
})

t.test('more rows than one transaction holds are all imported', async (t) => {
  const run = place(t)
  const ids = Array.from({ length: 12_000 }, (_, index) =>
    index
      .toString(16)
      .padStart(16, '0')
      .replace(/(..)(?!$)/g, '$1-'),
  )
  t.match(await run(['devices', 'import', '-'], { stdin: `device_id\n${ids.join('\n')}\n` }), {
    code: 0,
    stdout: /^12,000 Devices imported/,
  })
  t.equal((await run(['devices', 'show', ids.at(-1) ?? ''])).code, 0)
})

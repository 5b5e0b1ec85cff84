/** `devices`: on a real store, from real files. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { duisgate, jsonLines, type RunOptions, temporaryFolder } from './run.ts'

const METER = '00-DB-12-34-56-78-90-A0'
const PROXY = '00-DB-12-34-56-78-90-A1'
const HUB = '00-DB-12-34-56-78-90-A2'
const CSV = `device_id,type,hub,mpxn,status,region,generation
${METER},ESME,${HUB},1012345678901,Commissioned,north,SMETS2
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
    mpxn: '1012345678901',
    status: 'Commissioned',
    generation: 'SMETS2',
    restricted: false,
  })
  t.match(await run(['devices', 'show', PROXY]), { stdout: /type +GPF/ })
})

t.test('columns may stand in any order, quoted, with a byte order mark and CRLF', async (t) => {
  const run = place(t)
  const stdin = `\uFEFFRegion,"device_id",type,note\r\n"north, west",${METER},ESME,"a ""b"""\r\n`
  t.match(await run(['devices', 'import', '-'], { stdin }), { code: 0, stdout: /^1 Device imported/ })
  t.match(await run(['devices', 'show', METER, '--json']), { stdout: /"region":"north, west"/ })
})

t.test('each bad row is told with its line and why, and nothing at all is applied', async (t) => {
  const run = place(t)
  const stdin = `device_id,type,hub,mpxn,generation\n${METER},ESME,,,\nx,ESME,,,\n${PROXY},KETTLE,,,\n${PROXY},GPF,y,,\n${PROXY},GPF,,12,\n${PROXY},GPF,,,3\n${PROXY}\n`
  const { code, stdout, stderr } = await run(['devices', 'import', '-'], { stdin })
  t.match({ code, stdout }, { code: 1, stdout: '0 Devices imported, 6 bad rows\n' })
  for (const line of [
    'line 3: device_id "x" is not an EUI-64',
    'line 4: type "KETTLE" is not one of ESME',
    'line 5: hub "y"',
    'line 6: mpxn "12"',
    'line 7: generation "3"',
    'line 8: has 1 fields where the header has 5',
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

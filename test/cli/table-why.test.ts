/** `table why`: the items of a code and the reasoning, of whatever kind the code is. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { duisgate, jsonLines, temporaryFolder } from './run.ts'

const why = (...words: readonly string[]) => duisgate(['table', 'why', ...words])

t.test('an SRV in its parts, with row, items and conclusion', async (t) => {
  const { code, stdout } = await why('4.10')
  t.equal(code, 0)
  t.match(
    stdout,
    /^SRV 4\.10 Read Network Data\nrecommended [0-9a-f]{12}, row read-network-data: block, else pass; /,
  )
  t.match(stdout, /\nof ESME: passed, and carries consumption \(unsure\)\. Of electricity /)
  t.match(
    stdout,
    /\nof GSME, GPF: stopped, because it carries consumption\.\n {2}consumption +Gas\/NetworkDataLog\/LogEntry\/Value\n/,
  )
})

t.test('an alert in either letter case, a DCC Alert, a payload, and an SRV without items', async (t) => {
  t.match(await why('8f88'), {
    code: 0,
    stdout: /^Device Alert 8F88 .*\n[\s\S]*\nstopped, because [\s\S]*behaviour +OutputState\n/,
  })
  t.match(await why('N24'), { code: 0, stdout: /^DCC Alert N24 .*\n.* row dcc-alerts: pass; class dcc\n/ })
  t.match(await why('s1spalertdsp'), {
    code: 0,
    stdout: /^DCC Alert payload S1SPAlertDSP\nAny DCC Alert [\s\S]*S1SPAlert\/UTRN\n/,
  })
  t.match(await why('8.3'), {
    code: 0,
    stdout: /passed, because it carries nothing that is protected\.\n {2}holds no more /,
  })
})

t.test('the same as JSON', async (t) => {
  const [found] = jsonLines<Record<string, unknown>>((await why('4.18', '--json')).stdout)
  t.match(found, {
    ...{ kind: 'SRV', code: '4.18', name: 'Read Meter Balance', table: 'recommended' },
    row: { id: 'read-meter-balance', class: 'billing', treatment: 'block; unknown defer; stale defer' },
    parts: [
      {
        when: { deviceType: ['GSME', 'GPF'] },
        ...{ carrying: 'sure', stopping: 'always', conclusion: 'follows' },
        items: [{ path: '@MessageSuccess', type: 'boolean', classes: { technical: 'sure' } }],
      },
      { when: { deviceType: ['ESME'] } },
    ],
  })
})

t.test('another table, and what its rows do not say', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const list = join(folder, 'list.yaml')
  const shipped = readFileSync(new URL('../../policy/recommended.yaml', import.meta.url), 'utf8')
  writeFileSync(
    list,
    shipped.replace(/ {4}carries:\n {6}- codes: \['4\.11\.2'\]\n {8}why: >-\n(?: {10}.*\n)+/, ''),
  )
  t.match(await why('4.11.2', '--table', list), {
    code: 0,
    stdout: /\npassed, and carries financial \(likely\)\. The row does not say why\.\n/,
  })
})

t.test('a code that is none, with the nearest', async (t) => {
  t.match(await why('4.8.9'), { code: 2, stderr: /4\.8\.9 is no SRV, .*; is it 4\.8\.1\?/ })
  t.match(await why('nothing-like-it'), { code: 2, stderr: /DCC Alert payload\n?$/ })
})

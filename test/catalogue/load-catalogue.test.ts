/**
 * The shipped catalogue as it loads: its size, its hand-made choices, and what the loader refuses.
 */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CATALOGUE_FOLDER, loadCatalogue } from '../../src/config/load-catalogue.ts'

const catalogue = loadCatalogue()

t.test('holds every SRV, alert, DCC Alert, payload and message code', async (t) => {
  t.equal(catalogue.bySrv.size, 129)
  t.equal(catalogue.byBodyElement.size, 129)
  t.equal(catalogue.byScheduleElement.size, 14)
  t.equal(catalogue.alerts.size, 190)
  t.equal(catalogue.dccAlerts.size, 66)
  t.equal(catalogue.data.dccAlertPayloads.length, 24)
  t.equal(catalogue.gbcs.size, 242)
})

t.test('knows the billing alert by the message codes of electricity and gas', async (t) => {
  t.equal(catalogue.alertByMessageCode.get('0061'), '8F0A')
  t.equal(catalogue.alertByMessageCode.get('008B'), '8F0A')
})

t.test('gives no alert to a message code that stands for several', async (t) => {
  for (const code of ['1000', '1001', '0067', '00CA', '00CB', '00CC', '00CD', '00CE', '00CF', '0124'])
    t.equal(catalogue.alertByMessageCode.get(code), undefined, code)
})

t.test('takes only known SRVs for message codes, and none for codes that are alerts only', async (t) => {
  for (const entry of catalogue.data.gbcsMessages) {
    for (const srv of entry.srvs) t.ok(catalogue.bySrv.has(srv), `${entry.code} ${srv}`)
    if (entry.kinds.every((kind) => kind === 'alert')) t.strictSame(entry.srvs, [], entry.code)
  }
})

t.test('takes only known message codes for alerts', async (t) => {
  for (const code of catalogue.alertByMessageCode.keys())
    t.strictSame(catalogue.gbcs.get(code)?.kinds, ['alert'], code)
})

t.test('tells the message codes of a move to prepayment from those to credit', async (t) => {
  const modes = catalogue.data.gbcsMessages.filter((entry) => entry.paymentMode)
  t.strictSame(
    modes.map(({ code, paymentMode, srvs }) => [code, paymentMode, ...srvs]),
    [
      ['001A', 'credit', '1.6'],
      ['001B', 'prepayment', '1.6'],
      ['006C', 'credit', '1.6'],
      ['006D', 'prepayment', '1.6'],
    ],
  )
})

t.test('loads from any working directory', async (t) => {
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(t.testdir({}))
  t.equal(loadCatalogue().bySrv.size, 129)
})

/** A copy of the catalogue with one edit of one file. */
async function edited(t: Test, file: string, from: string, to: string): Promise<string> {
  const folder = t.testdir({})
  await cp(CATALOGUE_FOLDER, folder, { recursive: true })
  const path = join(folder, file)
  await writeFile(path, (await readFile(path, 'utf8')).replace(from, to))
  return folder
}

t.test('refuses a code that lost its quotes, and a key it does not know', async (t) => {
  const unquoted = await edited(t, 'service-requests.json', '"srv": "4.10"', '"srv": 4.10')
  t.throws(() => loadCatalogue(unquoted), {
    message: /service-requests\.json has faults:[\s\S]*expected string/,
  })
  const misspelt = await edited(t, 'device-alerts.json', '"critical"', '"Critical"')
  t.throws(() => loadCatalogue(misspelt), { message: /Unrecognized key: "Critical"/ })
})

t.test('refuses two entries with the same code', async (t) => {
  const folder = await edited(t, 'dcc-alerts.json', '"N2"', '"N1"')
  t.throws(() => loadCatalogue(folder), { message: 'catalogue: DCC Alert code N1 stands twice' })
})

t.test('gives message codes the Device types that the names of their use cases say', async (t) => {
  const electricity = ['ESME', 'HCALCS', 'SAPC']
  const gas = ['GSME', 'GPF']
  const expected = (name: string) => {
    const series = new Set(Array.from(name.matchAll(/\b(ECS|GCS|CCS|DBCH)\d/g), ([, prefix]) => prefix))
    if (series.size > 1 || /^(?:PCS|PECS|HECS)/.test(name)) return undefined
    if (series.has('CCS') || series.has('DBCH') || /^ECS.*\bCHF?\b/.test(name)) return ['CHF']
    if (series.has('ECS')) return electricity
    if (series.has('GCS')) return gas
    const meters = new Set(Array.from(name.matchAll(/\b[EG]SME\b/g), ([meter]) => meter))
    if (meters.size !== 1) return undefined
    return meters.has('ESME') ? electricity : gas
  }
  for (const { code, name, deviceTypes } of catalogue.data.gbcsMessages)
    t.strictSame(deviceTypes, expected(name), `${code} ${name}`)
})

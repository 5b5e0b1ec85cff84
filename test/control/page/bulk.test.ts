/** Bulk files on the page: a result for each row, refused rows to send again, and files that are none. */
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { MPAN, MPRN } from '../../restriction/scene.ts'
import { household, SPARE_MPAN, type Visit } from './household.ts'
import { signedIn } from './steps.ts'

t.test('a bulk file has a result for each row, on the page and as CSV', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get('/bulk')
  const fields = { key: visit.hidden('key'), change: 'set' }
  const row = (mpxn: string, evidence = 'CASE-1'): string =>
    `${mpxn},advice-given,2026-11-20,${evidence},yes,yes`
  const head = 'mpxn,steps,date,evidence,isLastResort,isCreditMode'
  const file = [head, row(MPAN), row(MPRN), row(SPARE_MPAN, '')].join('\r\n')
  await visit.upload('/bulk', fields, file)
  const here = visit.at
  await t.resolves(untilFinished(visit))
  t.match(visit.text, '1 row done, 2 refused')
  t.match(visit.text, 'You supply the other fuel here')
  await visit.get(visit.link('Download all results as CSV'))
  t.match(visit.text, /2,set,R-[0-9A-Z]{26}/)
  t.match(visit.text, '4,refused,,evidence-missing')
  await visit.get(here)
  t.match(visit.text, `data-column="Meter"><span class="dg-id">${MPRN}<`)
  await visit.get(visit.link('Download the refused rows'))
  const refused = visit.text
  t.match(refused, `problem,${head} `)
  t.match(refused, `,${row(SPARE_MPAN, '')}`)
  t.notMatch(refused, row(MPAN))
  await visit.get('/bulk')
  const mended = `problem,${head}\r\nEnter your own reference,${row(SPARE_MPAN)}\r\n`
  await visit.upload('/bulk', { key: visit.hidden('key'), change: 'set' }, mended)
  await untilFinished(visit)
  t.match(visit.text, '1 row done, 0 refused')

  await visit.get('/bulk')
  await visit.upload('/bulk', fields, file)
  t.equal(visit.at, here, 'the same form sent again finds the first run')
})

async function untilFinished(visit: Visit): Promise<void> {
  while (visit.text.includes('Check again')) {
    await setImmediate()
    await visit.get(visit.at)
  }
}

t.test('a bulk upload without a file or with a strange one says what is missing', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get('/bulk')
  await visit.upload('/bulk', { key: visit.hidden('key') }, '')
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#change"')
  t.match(visit.text, 'href="#file"')
  await visit.upload('/bulk', { key: visit.hidden('key'), change: 'set' }, 'colour\r\nblue\r\n')
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#file"')
  const latin = Buffer.from('mpxn,reason,refer\xa3nce\r\n', 'latin1')
  await visit.upload('/bulk', { key: visit.hidden('key'), change: 'clear' }, latin)
  t.equal(visit.status, 422)
  t.match(visit.text, 'Line 1: byte 18 of the line (18 of the file) is 0xA3, which is not UTF-8')
})

t.test('bulk results of one Supplier are not there for another', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get('/bulk')
  await visit.upload('/bulk', { key: visit.hidden('key'), change: 'clear' }, 'mpxn,reason,reference\r\n')
  const here = visit.at
  const other = await signedIn(house, 'gas supplier')
  await other.get(here)
  t.equal(other.status, 404)
})

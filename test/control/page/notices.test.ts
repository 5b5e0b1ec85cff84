import t from 'tap'
import { formatEui64 } from '../../../src/core/duis/eui64.ts'
import { asked, ESME, granted, MPAN, SUP_E } from '../../restriction/scene.ts'
import { furnishNotices } from './furnish-notices.ts'
import { household, Visit } from './household.ts'

t.test('a CSP sees what it was told, why a notice was given up, and has it sent again', async (t) => {
  const house = await household(t)
  const declaration = { ...asked().declaration, date: '2026-11-20' }
  granted(await house.service.set(SUP_E, { mpxn: MPAN, declaration }))
  const id = await furnishNotices(house)
  const visit = await new Visit(house).signIn(house.tokenOf('csp'))
  await visit.get('/notices?state=dead')
  t.match(visit.text, '1 given up')
  t.match(visit.text, formatEui64(ESME))
  t.notMatch(visit.text, MPAN)
  await visit.get(visit.link('The flag was set'))
  t.equal(visit.at, `/notices/${id}`)
  t.match(visit.text, 'Its receiver turns this notice down (400).')
  t.match(visit.text, 'The consumer’s choice')
  t.match(visit.text, 'Takes effect</dt> <dd class="govuk-summary-list__value"><time datetime="2026-')
  await visit.post(`${visit.at}/resend`, {})
  t.equal(visit.at, `/notices/${id}`)
  t.match(visit.text, 'Waiting')
  await visit.get('/notices?state=waiting')
  t.match(visit.text, '1 waiting, the oldest since')

  const csv = await visit.get(visit.link('Download as CSV'))
  t.match(csv.text, `${id},set,CSP-N,`)
  t.match(csv.text, ',waiting,2026-')
  await visit.get('/notices')
  await visit.post('/notices/resend', { notice: [id, 'nobody'] })
  t.match(visit.text, '1 notice will be sent again.')
  t.match(visit.text, 'data-column="Next attempt"><time')

  const auditor = await new Visit(house).signIn(house.tokenOf('auditor'))
  await auditor.get(`/notices/${id}`)
  t.match(auditor.text, 'CSP North')
  t.notMatch(auditor.text, 'Send it again')
  const supplier = await new Visit(house).signIn(house.tokenOf('supplier'))
  t.equal((await supplier.get(`/notices/${id}`)).status, 404)
  await supplier.get('/notices')
  t.match(supplier.text, 'There is no such notice.')
})

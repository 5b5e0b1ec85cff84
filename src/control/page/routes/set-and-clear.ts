/** Setting and clearing a flag, as changes: what the form asks is a request to the restriction service. */
import type { Instant } from '../../../core/device/device.ts'
import type { ClearRequest, SetRequest } from '../../../core/restriction/requests.ts'
import type { Draft } from '../drafts.ts'
import { namedBy, readSubject, type Subject, subjectOf } from '../forms/subject.ts'
import { isoDate } from '../forms/when.ts'
import { clearCheck, clearForm } from '../views/clear.ts'
import { restrictCheck, restrictForm } from '../views/restrict.ts'
import type { Change } from './change.ts'
import type { Visit } from './visit.ts'

export const RESTRICT: Change = {
  kind: 'set',
  path: '/restrict',
  freeText: 'evidence',
  async begin(visit) {
    const subject = subjectNamed(visit)
    return subject
      ? { subject, version: await visit.page.restrictions.openVersion(namedBy(subject)) }
      : visit.goTo('/search')
  },
  async form({ page }, shown, problems) {
    const { subject } = shown
    const asksFuel = subject.kind === 'device' && !(await page.restrictions.isInInventory(subject.device))
    return restrictForm({ ...shown, asksFuel, problems })
  },
  async preview({ page, actor }, draft, at) {
    const preview = await page.restrictions.preview(actor, setRequest(draft, at))
    return preview.ok ? { ok: true, checkPage: (shown) => restrictCheck({ ...shown, preview }) } : preview
  },
  send: ({ page, actor }, draft, at) => page.restrictions.set(actor, setRequest(draft, at)),
}

function subjectNamed(visit: Visit): Subject | undefined {
  const reading = readSubject(visit.query('device') || visit.query('mpxn'))
  return 'subject' in reading ? reading.subject : undefined
}

function setRequest({ subject, version, answers }: Draft, from: Instant | undefined): SetRequest {
  const fuel = answers.text('fuel')
  return {
    ...namedBy(subject),
    from,
    declaration: {
      steps: answers.texts('steps'),
      date: isoDate(answers.date('date')),
      evidence: answers.text('evidence'),
      isLastResort: answers.isTicked('isLastResort'),
      isCreditMode: answers.isTicked('isCreditMode'),
    },
    reference: answers.optional('reference'),
    onBehalfOf: answers.optional('onBehalfOf'),
    ticket: answers.optional('ticket'),
    fuel: fuel === 'electricity' || fuel === 'gas' ? fuel : undefined,
    version,
  }
}

export const CLEAR: Change = {
  kind: 'clear',
  path: '/clear',
  freeText: 'reference',
  async begin(visit) {
    const found = await visit.page.restrictions.find(visit.actor, visit.query('flag'))
    if (!found.ok) return visit.notFound()
    const { id, version } = found.flag
    return { subject: subjectOf(found.flag), restriction: id, version }
  },
  form: (_visit, shown, problems) => clearForm({ ...shown, problems }),
  async preview({ page, actor }, draft, at) {
    const preview = await page.restrictions.previewClear(actor, clearRequest(draft, at))
    return preview.ok ? { ok: true, checkPage: (shown) => clearCheck({ ...shown, preview }) } : preview
  },
  send: ({ page, actor }, draft, at) => page.restrictions.clear(actor, clearRequest(draft, at)),
}

function clearRequest({ restriction, version, answers }: Draft, at: Instant | undefined): ClearRequest {
  return {
    restriction,
    at,
    reason: answers.text('reason'),
    reference: answers.text('reference'),
    onBehalfOf: answers.optional('onBehalfOf'),
    ticket: answers.optional('ticket'),
    version,
  }
}

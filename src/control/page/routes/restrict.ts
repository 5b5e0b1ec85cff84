/** Setting a flag, as a change: what the form asks is a request to the restriction service. */
import type { Instant } from '../../../core/device/device.ts'
import type { SetRequest } from '../../../core/restriction/requests.ts'
import type { Draft } from '../drafts.ts'
import { namedBy, readSubject, type Subject } from '../forms/subject.ts'
import { isoDate } from '../forms/when.ts'
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
    const preview = await page.restrictions.preview(actor, requestOf(draft, at))
    return preview.ok ? { ok: true, checkPage: (shown) => restrictCheck({ ...shown, preview }) } : preview
  },
  send: ({ page, actor }, draft, at) => page.restrictions.set(actor, requestOf(draft, at)),
}

function subjectNamed(visit: Visit): Subject | undefined {
  const reading = readSubject(visit.query('device') || visit.query('mpxn'))
  return 'subject' in reading ? reading.subject : undefined
}

function requestOf({ subject, version, answers }: Draft, from: Instant | undefined): SetRequest {
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

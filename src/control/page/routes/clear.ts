/** Clearing a flag, as a change: what the form asks is a request to the restriction service. */
import type { Instant } from '../../../core/device/device.ts'
import type { ClearRequest } from '../../../core/restriction/requests.ts'
import type { Draft } from '../drafts.ts'
import { subjectOf } from '../forms/subject.ts'
import { clearCheck, clearForm } from '../views/clear.ts'
import type { Change } from './change.ts'

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
    const preview = await page.restrictions.previewClear(actor, requestOf(draft, at))
    return preview.ok ? { ok: true, checkPage: (shown) => clearCheck({ ...shown, preview }) } : preview
  },
  send: ({ page, actor }, draft, at) => page.restrictions.clear(actor, requestOf(draft, at)),
}

function requestOf({ restriction, version, answers }: Draft, at: Instant | undefined): ClearRequest {
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

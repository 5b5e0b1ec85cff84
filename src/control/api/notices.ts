/** Notices to partners: what was told and what became of it, sending again, and the digest to hold one's own knowledge against. */

import { z } from '@hono/zod-openapi'
import { isoTime, isoTimeOrNull } from '../../core/device/iso-time.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import { NOTICE_KINDS, NOTICE_STATES, type Notice } from '../../core/notice/notice.ts'
import type { Denied } from '../../notices/notice-service.ts'
import { type Endpoint, endpointsOf, type Sent } from '../http/endpoint.ts'
import type { Problem } from '../http/problems.ts'
import { listing } from './listings.ts'
import { deviceIdSchema, givenDeviceSchema, timeSchema } from './schemas.ts'

const noticeSchema = z
  .strictObject({
    id: z.string().openapi({ description: 'The same at every attempt: repeats are told by it.' }),
    party: z.string(),
    kind: z.enum(NOTICE_KINDS),
    device: deviceIdSchema.nullable(),
    sequence: z.int().openapi({
      description: 'Counts the notices of the Device to the party from 1, without gaps; 0 for a digest.',
    }),
    content: z.record(z.string(), z.unknown()).openapi({ description: 'The `data` of the event.' }),
    createdAt: timeSchema,
    state: z.enum(NOTICE_STATES).openapi({
      description: '`pull`: only to be fetched here. `dead`: given up; send it again once mended.',
    }),
    attempts: z.int(),
    problem: z.string().nullable().openapi({ description: 'Why the last attempt failed.' }),
    nextAt: timeSchema.nullable().openapi({ description: 'While it waits: not tried before.' }),
    settledAt: timeSchema.nullable().openapi({ description: 'When it was delivered or given up.' }),
  })
  .openapi('Notice')

const digestSchema = z
  .strictObject({
    party: z.string(),
    asOf: timeSchema,
    count: z.int().openapi({ description: 'Devices Restricted at that time in the regions of the party.' }),
    sha256: z.string().openapi({
      description: 'In hex, over the Device IDs in ascending order, each followed by a line feed.',
    }),
  })
  .openapi('NoticeDigest')

const resentSchema = z.strictObject({ notice: noticeSchema }).openapi('NoticeResent')

const laneSchema = z
  .strictObject({
    party: z.string(),
    waiting: z.int(),
    waitingSince: timeSchema.nullable(),
    dead: z.int(),
  })
  .openapi('NoticeLane')

const partySchema = z
  .string()
  .max(64)
  .optional()
  .openapi({ description: 'For roles that see the notices of all; others have their own.' })

const filterFields = {
  party: partySchema,
  state: z.enum(NOTICE_STATES).optional(),
  device: givenDeviceSchema.optional(),
}

const { get, post } = endpointsOf('Notices')

export const noticeEndpoints: readonly Endpoint[] = [
  listing(get, '/notices', {
    name: 'listNotices',
    summary: 'Notices to the party, newest first; `state=dead` has those that were given up',
    access: { operation: 'notices' },
    filter: filterFields,
    item: noticeSchema,
    pageName: 'NoticePage',
    problems: ['not-found'],
    list:
      ({ notices }, { actor }, { party, state, device }) =>
      async (limit, after) => {
        const page = await notices.list(actor, { party, state, device }, limit, after)
        if (!page.ok) return { ok: false, problem: problemOf(page) }
        return { ...page, items: page.items.map(noticeResource) }
      },
  }),
  get('/notices/digest', {
    name: 'getNoticeDigest',
    summary: 'How many Devices are Restricted for a CSP now, and a hash over them',
    access: { operation: 'notices' },
    query: z.strictObject({ party: partySchema }),
    content: digestSchema,
    problems: ['not-found'],
    async handle({ identity, query }, { notices }) {
      const found = await notices.digest(identity.actor, query.party)
      if (!found.ok) return { problem: problemOf(found) }
      const { party, count, sha256, asOf } = found
      return { content: { party, count, sha256, asOf: isoTime(asOf) } }
    },
  }),
  listing(get, '/notices/restricted-devices', {
    name: 'listRestrictedDevices',
    summary: 'The Devices that are Restricted for a CSP now, ascending: what the digest is over',
    access: { operation: 'notices' },
    filter: { party: partySchema },
    item: deviceIdSchema,
    pageName: 'RestrictedDevicePage',
    problems: ['not-found'],
    list:
      ({ notices }, { actor }, { party }) =>
      async (limit, after) => {
        const page = await notices.restricted(actor, party, limit, after)
        if (!page.ok) return { ok: false, problem: problemOf(page) }
        return { ...page, items: page.items.map(formatEui64) }
      },
  }),
  get('/notices/lanes', {
    name: 'listNoticeLanes',
    summary: 'How many notices wait or were given up, by party',
    access: { operation: 'notices' },
    content: z.strictObject({ items: z.array(laneSchema) }).openapi('NoticeLanes'),
    async handle({ identity }, { notices }) {
      const items = (await notices.lanes(identity.actor)).map(({ waitingSince, ...lane }) => ({
        ...lane,
        waitingSince: isoTimeOrNull(waitingSince),
      }))
      return { content: { items } }
    },
  }),
  post('/notices/{id}/resend', {
    name: 'resendNotice',
    summary: 'Have a notice sent again, under the same ID',
    access: { operation: 'resend-notice' },
    params: z.object({ id: z.string().max(64).openapi({ example: 'N-01JDH2V9WX4N6Q8S0T2V4X6Z8B' }) }),
    content: resentSchema,
    problems: ['not-found', 'refused'],
    async handle({ identity, params }, { notices }) {
      const done = await notices.resend(identity.actor, params.id)
      if (!done.ok) return { problem: problemOf(done) }
      return { content: { notice: noticeResource(done.notice) } }
    },
  }),
]

function noticeResource(notice: Notice): Sent<z.input<typeof noticeSchema>> {
  const { id, party, kind, device, number, content, state, attempts, problem, nextAt } = notice
  return {
    ...{ id, party, kind, state, attempts },
    device: device === undefined ? null : formatEui64(device),
    sequence: number,
    content: { ...content },
    createdAt: isoTime(notice.createdAt),
    problem: problem ?? null,
    nextAt: state === 'waiting' ? isoTime(nextAt) : null,
    settledAt: isoTimeOrNull(notice.settledAt),
  }
}

function problemOf({ why }: Denied): Problem {
  if (why !== 'not-sent') return { code: why }
  return { code: 'refused', detail: 'This notice is not for sending: its party only fetches.' }
}

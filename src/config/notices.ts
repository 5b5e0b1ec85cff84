/** Settings of notices: whether partners are told, where, and how patiently. */
import { z } from 'zod'
import { HOUR_MS } from '../core/device/durations.ts'
import { readSecret } from '../core/notice/signature.ts'
import type { Role } from '../core/restriction/party.ts'
import { httpUrl, setting, whole, yesOrNo } from './kinds.ts'
import type { ConfiguredParty, PartyProblem } from './parties.ts'
import { clientTlsSchema } from './tls.ts'

const secret = z.string({ error: 'give a secret' }).refine((text) => readSecret(text) !== undefined, {
  error: 'give whsec_ and 24 to 64 random bytes in base64',
})

const partner = z.strictObject({
  party: z.string({ error: 'give the ID of a party' }).min(1, { error: 'give the ID of a party' }),
  url: z.string({ error: 'give a URL' }).pipe(httpUrl),
  secrets: z
    .array(secret, { error: 'give a list of secrets' })
    .min(1, { error: 'give a secret' })
    .max(2, { error: 'give at most two secrets: the new one and the one it replaces' }),
})

export const noticesSchema = z
  .strictObject({
    isOn: yesOrNo(
      true,
      'Whether notices are sent. Off: they are still made, and partners fetch them from the API.',
    ),
    source: setting(
      z
        .string()
        .regex(/^[a-z][a-z0-9+.-]*:\S+$/i)
        .default('urn:duisgate'),
      {
        description: 'What names this installation in each event (CloudEvents `source`).',
        accepts: 'an absolute URI',
        example: 'urn:duisgate:north',
      },
    ),
    partners: setting(z.array(partner).default([]), {
      description:
        'Webhooks of CSPs, Suppliers and network operators, and the secrets that sign what they get; two while one is replaced.',
      accepts: 'a list of partners with party, url and secrets',
      example: `[{"party":"CSP-N","url":"https://csp.example/notices","secrets":["whsec_${'A'.repeat(32)}"]}]`,
    }),
    tls: clientTlsSchema,
    timeoutMs: whole('milliseconds', 100, 120_000, 10_000, 'What a partner may take to answer.'),
    concurrency: whole(
      'notices',
      1,
      64,
      8,
      'Notices on their way to one partner at once, of different Devices.',
    ),
    maxRefusals: whole('refusals', 1, 1_000, 24, 'Refusals after which a notice is given up.'),
    giveUpAfterMs: whole(
      'milliseconds',
      60_000,
      90 * 24 * HOUR_MS,
      7 * 24 * HOUR_MS,
      'Age at which a notice is given up that could not be delivered, whatever the reason.',
    ),
    digestMs: whole(
      'milliseconds',
      1_000,
      31 * 24 * HOUR_MS,
      24 * HOUR_MS,
      'From one digest of the Restricted Devices to the next.',
    ),
    pollMs: whole('milliseconds', 10, 60_000, 500, 'How often the store is asked for what is to be told.'),
  })
  .prefault({})

/** Roles that are told of flags, of what is asked of them, or of their schedules. */
const TOLD: readonly Role[] = ['csp', 'supplier', 'network-operator']

/** What single entries cannot show: partners that are no party, or of a role that is told nothing, or twice. */
export function noticeProblems(
  parties: readonly ConfiguredParty[],
  { partners }: Pick<z.output<typeof noticesSchema>, 'partners'>,
): readonly PartyProblem[] {
  return partners.flatMap(({ party: id }, index) => {
    const path = ['notices', 'partners', index]
    const party = parties.find((each) => each.id === id)
    if (!party) return [{ path, text: `the partner ${id} is not among the parties; add it there` }]
    if (!party.roles.some((role) => TOLD.includes(role)))
      return [{ path, text: `the partner ${id} is none of ${TOLD.join(', ')}; nobody else is told of flags` }]
    const isTwice = partners.findIndex((each) => each.party === id) < index
    return isTwice ? [{ path, text: `the partner ${id} is there twice; give it one webhook` }] : []
  })
}

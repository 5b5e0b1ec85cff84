/**
 * The tables on real layouts: the 297 Request templates of @smartdcc/duis-templates, read and decided.
 */
import t from 'tap'
import { decide } from '../../src/core/policy/decide.ts'
import { readWhole } from '../support/plans.ts'
import { duisTemplates } from '../support/templates.ts'
import { clear, NOON, restricted, shipped } from './messages.ts'

const table = await shipped('recommended')
const templates = duisTemplates()

t.test(
  'the public templates',
  { skip: templates.length > 0 ? false : 'the package is not installed' },
  async (t) => {
    for (const { name, bytes } of templates) {
      const read = readWhole('southbound', bytes)
      if (!read.ok) throw new Error(`${name}: ${read.fault.text}`)
      const { facts } = read
      const decided = (reading: typeof clear) =>
        decide(
          table,
          facts,
          facts.devices.map(() => reading({ type: 'ESME' })),
          NOON,
        )

      t.match(
        decided(clear),
        { kind: 'forward', alarms: [] },
        `${name} passes without an alarm when nothing is restricted`,
      )
      t.equal(decided(restricted).kind, isStopped(name, facts.claims) ? 'reject' : 'forward', name)
    }
  },
)

/** By the template's name, whose last part is its SRV, and by the SRV a schedule holds. */
function isStopped(
  name: string,
  claims: readonly { readonly type: string; readonly srv?: string }[],
): boolean {
  const srv = /_(\d+(?:\.\d+)+)/.exec(name)?.[1] ?? ''
  if (srv === '5.1')
    return claims.some(
      (claim) => claim.srv !== '4.10' && table.bySrv.get(claim.srv ?? '')?.action === 'block',
    )
  if (srv === '6.13') return /CS10a|ECS35[afg]/.test(name) || /ECS35c/.test(name)
  if (srv === '1.6') return /Prepayment|ECS03|GCS03/i.test(name)
  return srv !== '4.10' && table.bySrv.get(srv)?.action === 'block'
}

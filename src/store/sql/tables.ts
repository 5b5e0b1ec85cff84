/** Policy tables as rows: their texts, and the proposals that put them in force. */
import type { Instant } from '../../core/device/device.ts'
import type { TableProposal } from '../../core/policy/table-proposal.ts'
import { type TableRevision, tableHashOf } from '../../core/policy/table-revision.ts'
import type { TableChanges } from '../table-store.ts'
import { json, optional, record, text, time, yesNo } from './columns.ts'
import { SqlGroup } from './group.ts'
import { Conditions, SqlTable } from './sql-table.ts'

const REVISIONS = new SqlTable(
  'table_revisions',
  'hash',
  record<TableRevision>({
    hash: text('hash'),
    revision: text('revision'),
    name: text('name'),
    content: text('content'),
    keptAt: time('kept_ms'),
  }),
)

const PROPOSALS = new SqlTable(
  'table_proposals',
  'id',
  record<TableProposal>({
    id: text('id'),
    kind: text('kind'),
    hash: text('hash'),
    revision: text('revision'),
    name: text('name'),
    isShadow: yesNo('is_shadow'),
    reason: text('reason'),
    from: optional(time('from_ms')),
    basis: optional(text('basis')),
    tests: text('tests'),
    proposedBy: json('proposed_by'),
    proposedAt: time('proposed_ms'),
    state: text('state'),
    decidedBy: optional(json('decided_by')),
    decidedAt: optional(time('decided_ms')),
    note: optional(text('note')),
    inForceAt: optional(time('in_force_ms')),
  }),
)

/** What was proposed stays as it was. */
const DECIDE = `
  ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, decided_by = excluded.decided_by, decided_ms = excluded.decided_ms,
    note = excluded.note, in_force_ms = excluded.in_force_ms`

/** As `core/policy/table-proposal.ts` orders them: of two at one time the one approved later counts. */
const IN_ORDER = 'ORDER BY in_force_ms, decided_ms, id'

const SCHEDULE = `
  WHERE (state = 'approved' AND in_force_ms > ?) OR (state = 'proposed' AND is_shadow = 1) OR id = (
    SELECT id FROM table_proposals WHERE state = 'approved' AND in_force_ms <= ?
    ORDER BY in_force_ms DESC, decided_ms DESC, id DESC LIMIT 1)
  ${IN_ORDER}`

export class SqlTables extends SqlGroup implements TableChanges {
  async findRevision(name: string) {
    const kept = await REVISIONS.find(this.session, 'WHERE hash = ? OR revision = ?', name, name)
    // A text that somebody has edited is not the one that was approved.
    return kept && tableHashOf(kept.content) === kept.hash ? kept : undefined
  }

  findProposal(id: string) {
    return PROPOSALS.find(this.session, 'WHERE id = ?', id)
  }

  listProposals(limit: number, after?: string) {
    const asked = new Conditions().addIf('id < ?', after)
    return PROPOSALS.page(this.session, asked, 'id DESC', limit, ({ id }) => id)
  }

  approvedProposals() {
    return PROPOSALS.all(this.session, `WHERE state = 'approved' ${IN_ORDER}`)
  }

  openProposals() {
    return PROPOSALS.all(this.session, "WHERE state = 'proposed' ORDER BY id")
  }

  scheduleAt(at: Instant) {
    return PROPOSALS.all(this.session, SCHEDULE, at, at)
  }

  async keepRevision(revision: TableRevision) {
    await REVISIONS.add(this.session, revision)
  }

  async putProposal(proposal: TableProposal) {
    await this.session.run(`${PROPOSALS.insert} ${DECIDE}`, ...PROPOSALS.values(proposal))
  }
}

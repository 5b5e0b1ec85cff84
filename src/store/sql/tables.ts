/** Policy tables as rows: their texts, and the proposals that put them in force. */
import type { Instant } from '../../core/device/device.ts'
import type { ProposalKind, ProposalState, TableProposal } from '../../core/policy/table-proposal.ts'
import { type TableRevision, tableHashOf } from '../../core/policy/table-revision.ts'
import type { Actor } from '../../core/restriction/party.ts'
import type { Page } from '../control-store.ts'
import type { TableUnit } from '../table-store.ts'
import { jsonOf, numberOf, optionalTextOf, optionalTimeOf, textOf, timeOf } from './columns.ts'
import { pageOf } from './pages.ts'
import type { SqlColumn, SqlRow, SqlSession } from './session.ts'
import type { StoreClock } from './store-clock.ts'

const KEEP = `
  INSERT INTO table_revisions (hash, revision, name, content, kept_ms) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (hash) DO NOTHING`

const FIND =
  'SELECT hash, revision, name, content, kept_ms FROM table_revisions WHERE hash = ? OR revision = ?'

const COLUMNS = `id, kind, hash, revision, name, is_shadow, reason, from_ms, basis, tests,
  proposed_by, proposed_ms, state, decided_by, decided_ms, note, in_force_ms`

const PUT = `
  INSERT INTO table_proposals (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, decided_by = excluded.decided_by, decided_ms = excluded.decided_ms,
    note = excluded.note, in_force_ms = excluded.in_force_ms`

/** As `core/policy/table-proposal.ts` orders them: of two at one time the one approved later counts. */
const IN_ORDER = 'ORDER BY in_force_ms, decided_ms, id'

const SCHEDULE = `
  SELECT ${COLUMNS} FROM table_proposals
  WHERE (state = 'approved' AND in_force_ms > ?) OR (state = 'proposed' AND is_shadow = 1) OR id = (
    SELECT id FROM table_proposals WHERE state = 'approved' AND in_force_ms <= ?
    ORDER BY in_force_ms DESC, decided_ms DESC, id DESC LIMIT 1)
  ${IN_ORDER}`

export class SqlTables implements TableUnit {
  readonly #session: SqlSession
  readonly #clock: StoreClock

  constructor(session: SqlSession, clock: StoreClock) {
    this.#session = session
    this.#clock = clock
  }

  now(): Promise<Instant> {
    return this.#clock.read(this.#session)
  }

  async findRevision(name: string): Promise<TableRevision | undefined> {
    const row = await this.#session.get(FIND, name, name)
    const kept = row && revisionOf(row)
    // A text that somebody has edited is not the one that was approved.
    return kept && tableHashOf(kept.content) === kept.hash ? kept : undefined
  }

  async findProposal(id: string): Promise<TableProposal | undefined> {
    const row = await this.#session.get(`SELECT ${COLUMNS} FROM table_proposals WHERE id = ?`, id)
    return row && proposalOf(row)
  }

  async listProposals(limit: number, after?: string): Promise<Page<TableProposal>> {
    const text = `SELECT ${COLUMNS} FROM table_proposals ${after === undefined ? '' : 'WHERE id < ?'} ORDER BY id DESC LIMIT ?`
    const rows = await this.#session.all(text, ...(after === undefined ? [] : [after]), limit + 1)
    return pageOf(rows.map(proposalOf), limit, ({ id }) => id)
  }

  approvedProposals(): Promise<TableProposal[]> {
    return this.#all(`SELECT ${COLUMNS} FROM table_proposals WHERE state = 'approved' ${IN_ORDER}`)
  }

  openProposals(): Promise<TableProposal[]> {
    return this.#all(`SELECT ${COLUMNS} FROM table_proposals WHERE state = 'proposed' ORDER BY id`)
  }

  async scheduleAt(at: Instant): Promise<TableProposal[]> {
    return (await this.#session.all(SCHEDULE, at, at)).map(proposalOf)
  }

  async keepRevision({ hash, revision, name, content, keptAt }: TableRevision): Promise<void> {
    await this.#session.run(KEEP, hash, revision, name, content, keptAt)
  }

  async putProposal(proposal: TableProposal): Promise<void> {
    const { id, kind, hash, revision, name, isShadow, reason, from, basis, tests } = proposal
    const { proposedBy, proposedAt, state, decidedBy, decidedAt, note, inForceAt } = proposal
    await this.#session.run(
      PUT,
      ...[id, kind, hash, revision, name, isShadow ? 1 : 0, reason, from ?? null, basis ?? null, tests],
      ...[JSON.stringify(proposedBy), proposedAt, state],
      ...[decidedBy ? JSON.stringify(decidedBy) : null, decidedAt ?? null, note ?? null, inForceAt ?? null],
    )
  }

  async #all(text: string): Promise<TableProposal[]> {
    return (await this.#session.all(text)).map(proposalOf)
  }
}

function revisionOf(row: SqlRow): TableRevision {
  return {
    hash: textOf(row.hash),
    revision: textOf(row.revision),
    name: textOf(row.name),
    content: textOf(row.content),
    keptAt: timeOf(row.kept_ms),
  }
}

function proposalOf(row: SqlRow): TableProposal {
  return {
    id: textOf(row.id),
    kind: textOf(row.kind) as ProposalKind,
    hash: textOf(row.hash),
    revision: textOf(row.revision),
    name: textOf(row.name),
    isShadow: numberOf(row.is_shadow) === 1,
    reason: textOf(row.reason),
    from: optionalTimeOf(row.from_ms),
    basis: optionalTextOf(row.basis),
    tests: textOf(row.tests),
    proposedBy: jsonOf<Actor>(row.proposed_by),
    proposedAt: timeOf(row.proposed_ms),
    state: textOf(row.state) as ProposalState,
    decidedBy: optionalActorOf(row.decided_by),
    decidedAt: optionalTimeOf(row.decided_ms),
    note: optionalTextOf(row.note),
    inForceAt: optionalTimeOf(row.in_force_ms),
  }
}

function optionalActorOf(column: SqlColumn | undefined): Actor | undefined {
  return typeof column === 'string' ? jsonOf<Actor>(column) : undefined
}

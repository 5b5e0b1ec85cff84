/** Audit entries as rows. Each field has a column of its own, so that whatever is edited no longer fits the hash. */
import {
  type AuditDraft,
  type AuditEntry,
  type ChainEnd,
  canonicalJson,
} from '../../core/restriction/audit-chain.ts'
import { ACTIONS_OF_KIND } from '../../core/restriction/audit-kinds.ts'
import type { Actor } from '../../core/restriction/party.ts'
import type { AuditChanges, AuditFilter } from '../control-store.ts'
import { column, number, numberOf, record, text, textOf, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import { Conditions, numericCursor, SqlTable } from './sql-table.ts'

export const AUDIT = new SqlTable(
  'audit',
  'place',
  record<AuditEntry>({
    index: number('place'),
    at: time('at_ms'),
    actor: record<Actor>({
      party: text('actor_party'),
      role: text('actor_role'),
      name: text('actor_name'),
    }),
    action: text('action'),
    subject: text('subject'),
    detail: column('detail', 'text', canonicalJson, (detail) => detailOf(textOf(detail))),
    previous: text('previous'),
    hash: text('hash'),
  }),
)

/** Of the head: where the store notes that its chain ends. */
export const CHAIN_END = record<ChainEnd>({ count: number('audit_count'), hash: text('audit_hash') })

export class SqlAudit extends SqlGroup implements AuditChanges {
  list(filter: AuditFilter, limit: number, after?: string) {
    const asked = new Conditions()
      .addIf('place < ?', numericCursor(after))
      .addIf('subject = ?', filter.subject)
      .addIf('actor_party = ?', filter.party)
      .addIf('actor_name = ?', filter.name)
      .addIf('action = ?', filter.action)
      .addIf('at_ms >= ?', filter.since)
      .addIf('at_ms < ?', filter.until)
    addKind(asked, filter.kind)
    return AUDIT.page(this.session, asked, 'place DESC', limit, (entry) => String(entry.index))
  }

  from(index: number, limit: number) {
    return AUDIT.all(this.session, 'WHERE place >= ? ORDER BY place LIMIT ?', index, limit)
  }

  async end() {
    return CHAIN_END.read((await this.session.get(`SELECT ${CHAIN_END.select} FROM head WHERE id = 1`)) ?? {})
  }

  async count() {
    return numberOf((await this.session.get('SELECT count(*) AS entries FROM audit'))?.entries)
  }

  append(draft: AuditDraft) {
    return this.head.appendAudit(draft)
  }
}

/** The hash is over this text: another one, also of the same value, or that is no JSON any more, fits no hash as it is. */
function detailOf(text: string): AuditEntry['detail'] {
  try {
    const detail = JSON.parse(text)
    if (canonicalJson(detail) === text) return detail
  } catch {
    // It is no JSON.
  }
  return { unreadable: text }
}

function addKind(asked: Conditions, kind: AuditFilter['kind']): void {
  if (kind === undefined) return
  const others = Object.values(ACTIONS_OF_KIND).flat()
  const actions = kind === 'done' ? others : ACTIONS_OF_KIND[kind]
  asked.add(`action ${kind === 'done' ? 'NOT IN' : 'IN'} (${actions.map(() => '?').join(', ')})`, ...actions)
}

/** Audit entries as rows. Each field has a column of its own, so that whatever is edited no longer fits the hash. */
import { type AuditEntry, canonicalJson } from '../../core/restriction/audit-chain.ts'
import type { Role } from '../../core/restriction/party.ts'
import type { AuditFilter, Page } from '../control-store.ts'
import { numberOf, textOf, timeOf } from './columns.ts'
import { Conditions } from './conditions.ts'
import { numericCursor, pageOf } from './pages.ts'
import type { SqlRow, SqlSession } from './session.ts'

const COLUMNS = 'place, at_ms, actor_party, actor_role, actor_name, action, subject, detail, previous, hash'

export async function insertAuditEntry(session: SqlSession, entry: AuditEntry): Promise<void> {
  const { index, at, actor, action, subject, detail, previous, hash } = entry
  await session.run(
    `INSERT INTO audit (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[index, at, actor.party, actor.role, actor.name, action, subject],
    ...[canonicalJson(detail), previous, hash],
  )
}

export async function auditPage(
  session: SqlSession,
  filter: AuditFilter,
  limit: number,
  after: string | undefined,
): Promise<Page<AuditEntry>> {
  const asked = new Conditions()
  asked.addIf('place < ?', after === undefined ? undefined : numericCursor(after))
  asked.addIf('subject = ?', filter.subject)
  asked.addIf('actor_party = ?', filter.party)
  asked.addIf('at_ms >= ?', filter.since)
  asked.addIf('at_ms < ?', filter.until)
  const text = `SELECT ${COLUMNS} FROM audit ${asked.where} ORDER BY place DESC LIMIT ?`
  const rows = await session.all(text, ...asked.values, limit + 1)
  return pageOf(rows.map(entryOf), limit, (entry) => String(entry.index))
}

export async function auditFrom(session: SqlSession, index: number, limit: number): Promise<AuditEntry[]> {
  const text = `SELECT ${COLUMNS} FROM audit WHERE place >= ? ORDER BY place LIMIT ?`
  return (await session.all(text, index, limit)).map(entryOf)
}

function entryOf(row: SqlRow): AuditEntry {
  return {
    index: numberOf(row.place),
    at: timeOf(row.at_ms),
    actor: {
      party: textOf(row.actor_party),
      role: textOf(row.actor_role) as Role,
      name: textOf(row.actor_name),
    },
    action: textOf(row.action),
    subject: textOf(row.subject),
    detail: detailOf(textOf(row.detail)),
    previous: textOf(row.previous),
    hash: textOf(row.hash),
  }
}

/** An edited detail that is no JSON any more must not stop the check of the chain; it fits no hash as it is. */
function detailOf(text: string): AuditEntry['detail'] {
  try {
    return JSON.parse(text)
  } catch {
    return { unreadable: text }
  }
}

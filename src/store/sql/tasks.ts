/** Tasks as rows. IDs begin with the time they were given out, so their order is that of creation. */
import type { Instant } from '../../core/device/device.ts'
import type { Task, TaskKind } from '../../core/restriction/restriction.ts'
import type { Page } from '../control-store.ts'
import { optionalTextOf, optionalTimeOf, textOf, timeOf } from './columns.ts'
import { Conditions } from './conditions.ts'
import { pageOf } from './pages.ts'
import type { SqlRow, SqlSession } from './session.ts'

const COLUMNS = 'id, kind, restriction_id, party, created_ms, due_ms, clear_ms, done_ms, outcome'

const PUT = `
  INSERT INTO tasks (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    kind = excluded.kind, restriction_id = excluded.restriction_id, party = excluded.party,
    created_ms = excluded.created_ms, due_ms = excluded.due_ms, clear_ms = excluded.clear_ms,
    done_ms = excluded.done_ms, outcome = excluded.outcome`

/** Writes a task whole. */
export async function putTask(session: SqlSession, task: Task): Promise<void> {
  await session.run(
    PUT,
    ...[task.id, task.kind, task.restriction, task.party, task.createdAt, task.dueAt],
    ...[task.clearAt ?? null, task.doneAt ?? null, task.outcome ?? null],
  )
}

export async function findTask(session: SqlSession, id: string): Promise<Task | undefined> {
  const row = await session.get(`SELECT ${COLUMNS} FROM tasks WHERE id = ?`, id)
  return row && taskOf(row)
}

export async function taskPage(
  session: SqlSession,
  party: string | undefined,
  isOpen: boolean,
  limit: number,
  after: string | undefined,
): Promise<Page<Task>> {
  const asked = new Conditions()
  asked.add(isOpen ? 'done_ms IS NULL' : 'done_ms IS NOT NULL')
  asked.addIf('party = ?', party)
  asked.addIf('id > ?', after)
  const text = `SELECT ${COLUMNS} FROM tasks ${asked.where} ORDER BY id LIMIT ?`
  const rows = await session.all(text, ...asked.values, limit + 1)
  return pageOf(rows.map(taskOf), limit, (task) => task.id)
}

export async function tasksOfRestriction(session: SqlSession, restriction: string): Promise<Task[]> {
  const text = `SELECT ${COLUMNS} FROM tasks WHERE restriction_id = ? ORDER BY id`
  return (await session.all(text, restriction)).map(taskOf)
}

export async function tasksToClear(session: SqlSession, now: Instant, limit: number): Promise<Task[]> {
  const text = `
    SELECT ${COLUMNS} FROM tasks WHERE clear_ms IS NOT NULL AND done_ms IS NULL AND clear_ms <= ?
    ORDER BY clear_ms, id LIMIT ?`
  return (await session.all(text, now, limit)).map(taskOf)
}

/** A row of all columns. */
export function taskOf(row: SqlRow): Task {
  return {
    id: textOf(row.id),
    kind: textOf(row.kind) as TaskKind,
    restriction: textOf(row.restriction_id),
    party: textOf(row.party),
    createdAt: timeOf(row.created_ms),
    dueAt: timeOf(row.due_ms),
    clearAt: optionalTimeOf(row.clear_ms),
    doneAt: optionalTimeOf(row.done_ms),
    outcome: optionalTextOf(row.outcome),
  }
}

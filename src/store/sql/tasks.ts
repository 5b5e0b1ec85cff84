/** Tasks as rows. IDs begin with the time they were given out, so their order is that of creation. */
import type { Instant } from '../../core/device/device.ts'
import type { Task } from '../../core/restriction/restriction.ts'
import type { TaskChanges } from '../control-store.ts'
import { optional, record, text, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import { Conditions, SqlTable } from './sql-table.ts'

export const TASKS = new SqlTable(
  'tasks',
  'id',
  record<Task>({
    id: text('id'),
    kind: text('kind'),
    restriction: text('restriction_id'),
    party: text('party'),
    createdAt: time('created_ms'),
    dueAt: time('due_ms'),
    clearAt: optional(time('clear_ms')),
    doneAt: optional(time('done_ms')),
    outcome: optional(text('outcome')),
  }),
)

/** Puts a task into the outbox unless it is there already. Before the task is written: one that is known is no news. */
const TASK_NEWS = `
  INSERT INTO task_news (task_id) SELECT CAST(? AS TEXT)
  WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE id = ?) ON CONFLICT (task_id) DO NOTHING`

export class SqlTasks extends SqlGroup implements TaskChanges {
  find(id: string) {
    return TASKS.find(this.session, 'WHERE id = ?', id)
  }

  ofParty(party: string | undefined, isOpen: boolean, limit: number, after?: string) {
    const asked = new Conditions()
      .add(isOpen ? 'done_ms IS NULL' : 'done_ms IS NOT NULL')
      .addIf('party = ?', party)
      .addIf('id > ?', after)
    return TASKS.page(this.session, asked, 'id', limit, (task) => task.id)
  }

  ofRestriction(restriction: string) {
    return TASKS.all(this.session, 'WHERE restriction_id = ? ORDER BY id', restriction)
  }

  toClear(now: Instant, limit: number) {
    const due =
      'WHERE clear_ms IS NOT NULL AND done_ms IS NULL AND clear_ms <= ? ORDER BY clear_ms, id LIMIT ?'
    return TASKS.all(this.session, due, now, limit)
  }

  async put(task: Task) {
    await this.session.run(TASK_NEWS, task.id, task.id)
    await TASKS.put(this.session, task)
  }
}

/** What the log says while the store does not answer the notifier: once that it began, once that it is over. */
import t from 'tap'
import { createLog } from '../../src/observe/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { startTelling } from './telling.ts'

t.test('trouble with the store is told when it begins and when it is over', async (t) => {
  const store = openSqliteStore({ file: ':memory:' })
  t.teardown(() => store.close())
  let failures = 0
  const failing = new Proxy(store, {
    get(target, name) {
      if (name === 'read' && failures < 5)
        return async () => {
          failures++
          throw new Error('cut off on purpose')
        }
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const logged: string[] = []
  const over = Promise.withResolvers<void>()
  const write = (line: string) => {
    logged.push(line)
    if (line.includes('notices are made again')) over.resolve()
  }
  startTelling(t, failing, { log: createLog({ level: 'info', destination: { write } }) })
  await over.promise
  t.equal(failures, 5)
  t.equal(logged.filter((line) => line.includes('notices cannot be made')).length, 1)
})

// A folder is one process's, for as long as that lives.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { FolderLock } from '../../src/journal/folder-lock.ts'
import { exitOf } from '../support/child-exit.ts'
import { ward } from '../support/warden.ts'

t.test(
  'a second lock is refused while the first is held, also in one process, and says by whom',
  async (t) => {
    const folder = join(t.testdir(), 'made')
    const lock = FolderLock.take(folder, 'gateway')
    t.throws(() => FolderLock.take(folder, 'gateway'), {
      code: 'FOLDER_LOCKED',
      message: new RegExp(`process ${process.pid} on `),
    })
    const other = FolderLock.take(folder, 'gateway-2')
    t.not(other.place, lock.place, 'another name is another lock')
    other.release()
    lock.release()
    const again = FolderLock.take(folder, 'gateway')
    t.equal(again.place, lock.place, 'whoever has it next knows that it is the same')
    t.match(again.place, /^[0-9a-f-]{36}:\d+:\d+$/)
    again.release()
  },
)

t.test('the lock of a process that was killed is free at once', async (t) => {
  const folder = t.testdir()
  const holder = ward(fork(join(import.meta.dirname, 'lock-process.ts'), [folder]))
  await once(holder, 'message')
  t.throws(() => FolderLock.take(folder, 'gateway'), { message: new RegExp(`process ${holder.pid} on `) })
  holder.kill('SIGKILL')
  await exitOf(holder)
  FolderLock.take(folder, 'gateway').release()
})

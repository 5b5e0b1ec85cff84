/** A store that was put back to an earlier time: what it lost is listed, and the Suppliers are asked to make it again. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createLog } from '../../src/observe/log.ts'
import { restrictionService } from '../../src/restrictions/restriction-service.ts'
import { KeptAudit, keptAudit } from '../../src/run/kept-audit.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import {
  asked,
  clearing,
  GSME,
  granted,
  HOUSEHOLD,
  MPAN,
  MPRN,
  NO_ROWS,
  PARTIES,
  REGISTRATIONS,
  START,
  SUP_E,
  SUP_G,
} from '../restriction/scene.ts'
import { duisgate, jsonLines, temporaryFolder } from './run.ts'

const CONFIG = `
store: store.db
journal: {folder: journal}
parties:
  - {id: SUP-E, name: Electricity Supplier, roles: [supplier]}
  - {id: SUP-G, name: Gas Supplier, roles: [supplier]}
`

/** Two flags, of which the one was set before a backup; then it is cleared, the other set, and the backup restored. */
async function restoredFromBackup(t: Test) {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'duisgate.yaml'), CONFIG)
  const file = join(folder, 'store.db')
  const kept = new KeptAudit(join(folder, 'journal'), createLog({ level: 'silent' }))
  const open = () => {
    const store = openSqliteStore({ file, now: () => START })
    store.keepAudited((entries) => kept.keep(entries))
    const clock = { now: () => START }
    return { store, service: restrictionService({ store, clock, parties: PARTIES, table: () => NO_ROWS }) }
  }
  const before = open()
  await before.store.change(async (unit) => {
    await unit.inventory.put(HOUSEHOLD)
    await unit.inventory.putRegistrations(REGISTRATIONS)
  })
  const first = granted(await before.service.set(SUP_E, asked({ mpxn: MPAN }))).restriction
  await before.store.close()
  copyFileSync(file, join(folder, 'backup.db'))
  const after = open()
  granted(await after.service.clear(SUP_E, clearing({ restriction: first.id, version: first.version })))
  const second = granted(await after.service.set(SUP_G, asked({ mpxn: MPRN }))).restriction
  await after.store.close()
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
  copyFileSync(join(folder, 'backup.db'), file)
  const run = (words: string) =>
    duisgate([...words.split(' '), '--config', join(folder, 'duisgate.yaml')], { folder })
  return { folder, first, second, open, run }
}

t.test('lists what was confirmed and is not there, and asks each Supplier once', async (t) => {
  const { first, second, open, run } = await restoredFromBackup(t)
  const listed = await run('audit lost --json')
  t.match(listed, { code: 1, stderr: /2 of the audit that was written here is not in the store/ })
  t.match(jsonLines(listed.stdout), [
    { party: 'SUP-E', action: 'restriction.cleared', subject: first.id, detail: { mpxn: MPAN } },
    { party: 'SUP-G', action: 'restriction.set', subject: second.id, detail: { mpxn: MPRN } },
  ])
  t.match(await run('audit lost --make-tasks'), { code: 1, stderr: /2 tasks made/ })
  t.match(await run('audit lost --make-tasks'), { code: 1, stderr: /0 tasks made/ })
  t.match(await run('audit verify'), { code: 0 })

  const { store, service } = open()
  t.teardown(() => store.close())
  for (const [supplier, flag, mpxn] of [
    [SUP_E, first, MPAN],
    [SUP_G, second, MPRN],
  ] as const) {
    const found = await service.tasks(supplier, { isOpen: true }, 10)
    t.match(found, { items: [{ kind: 'lost-change', restriction: flag.id, party: supplier.party }] })
    t.match(await service.find(supplier, flag.id), { ok: true, flag: { mpxn } })
  }
  t.match(await store.load([GSME]), [{ restriction: undefined }], 'nothing is set by itself')
  granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  const [task] = granted(await service.tasks(SUP_G, { isOpen: true }, 10)).items
  granted(await service.completeTask(SUP_G, task?.id ?? '', { kind: 'keep' }))
})

t.test('a store that has everything has lost nothing', async (t) => {
  const { folder, open, run } = await restoredFromBackup(t)
  rmSync(join(folder, 'journal'), { recursive: true })
  t.same(await keptAudit(join(folder, 'journal')), [])
  t.match(await run('audit lost'), { code: 0, stdout: '' })
  const { store, service } = open()
  granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  await store.close()
  t.equal((await keptAudit(join(folder, 'journal'))).length, 1)
  t.match(await run('audit lost'), { code: 0, stdout: '' })
})

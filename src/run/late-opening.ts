/** Opens the store for a process that stays up: PostgreSQL may come later. */
import { isPostgresUrl } from '../config/kinds.ts'
import type { Logger } from '../observe/log.ts'
import { LateStore } from '../store/late-store.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { openStoreAt, type StoreDriverOptions } from './store-driver.ts'

/** A file that cannot be opened is a wrong path or a full disk, and is said at once: throws StoreUnavailable. */
export async function openLateStore(
  location: string,
  log: Logger,
  options: StoreDriverOptions = {},
): Promise<LateStore<SqlStore>> {
  const open = () => openStoreAt(location, options)
  const file = isPostgresUrl(location) ? undefined : await open()
  return LateStore.open({
    open: async () => file ?? open(),
    onFailure: (error) => log.error({ err: error }, 'the store cannot be opened yet; trying again'),
    onPermanentFailure: (error) => log.fatal({ err: error }, 'the store cannot be used; restart once it can'),
  })
}

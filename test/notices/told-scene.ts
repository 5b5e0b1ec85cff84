/** A scene of the rules of change whose partners are told whenever a test asks what is new to them. */
import type { Test } from 'tap'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import type { Partner } from '../../src/core/notice/notice.ts'
import type { Table } from '../../src/core/policy/table.ts'
import { FanOut } from '../../src/notices/fan-out.ts'
import { createLog } from '../../src/observe/log.ts'
import { NO_ROWS, type Scene, type SceneOptions, scene } from '../restriction/scene.ts'

export const PARTNERS: readonly Partner[] = [
  { party: 'CSP-N', regions: ['North'], isSupplier: false, euis: [], isPushed: true },
  { party: 'CSP-S', regions: ['South'], isSupplier: false, euis: [], isPushed: true },
  { party: 'SUP-E', regions: [], isSupplier: true, euis: [], isPushed: false },
  { party: 'SUP-N', regions: [], isSupplier: true, euis: [], isPushed: true },
]

export const FOUR_G: Partner = {
  party: 'CSP-4G',
  regions: ['North'],
  isSupplier: false,
  euis: [],
  isPushed: true,
}
export const WITH_FOUR_G: readonly Partner[] = [...PARTNERS, FOUR_G]

interface Heard {
  readonly party: string
  readonly kind: string
  readonly device: string | undefined
  readonly content: Readonly<Record<string, unknown>>
}

/** A scene whose partners are told whenever the test asks what is new to them. */
interface Telling extends Scene {
  news(): Promise<readonly Heard[]>
  fanOut(
    partners?: readonly Partner[],
    table?: Pick<Table, 'rows'>,
    store?: Pick<Scene['store'], 'read' | 'change'>,
  ): FanOut
}

export async function telling(t: Test, options: SceneOptions = {}): Promise<Telling> {
  const set = await scene(t, options)
  let count = 0
  const fanOut: Telling['fanOut'] = (partners = PARTNERS, table = NO_ROWS, store = set.store) =>
    new FanOut({
      ...{ store, partners, clock: { now: set.now } },
      newId: () => `N-${++count}`,
      table: () => table,
      log: createLog({ level: 'silent' }),
    })
  const usual = fanOut()
  await usual.followPartners()
  let heard = 0
  return {
    ...set,
    fanOut,
    async news() {
      await usual.run()
      const { items } = await set.store.read((view) => view.notices.list({}, 500))
      const fresh = items.filter(({ place }) => place > heard).reverse()
      heard = items[0]?.place ?? heard
      return fresh.map((notice) => ({
        ...notice,
        device: notice.device === undefined ? undefined : formatEui64(notice.device),
      }))
    },
  }
}

export const iso = (at: number) => new Date(at).toISOString()
export const inShort = (news: readonly Heard[]) =>
  news.map(({ party, kind, device: about }) => `${party} ${kind} ${about?.slice(-2)}`).sort()

/** Who was sent a notice, in short, without asking for any to be made. */
export async function made({ store }: Pick<Scene, 'store'>): Promise<readonly string[]> {
  const { items } = await store.read((view) => view.notices.list({}, 500))
  return items.map(({ party, kind }) => `${party} ${kind}`).sort()
}

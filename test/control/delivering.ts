/** A gateway whose observed events go through a spool on disk into the store of a desk. */
import type { Test } from 'tap'
import type { TrafficEvent } from '../../src/core/restriction/restriction.ts'
import { EventSpool } from '../../src/events/event-spool.ts'
import { trafficEventsOf } from '../../src/events/traffic-events.ts'
import { systemScheduler } from '../../src/observe/scheduler.ts'
import { restrictionService } from '../../src/restrictions/restriction-service.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { NO_ROWS, PARTIES, START } from '../restriction/scene.ts'
import { startScenario, temporaryFolder } from '../support/start-gateway.ts'

/** A gateway that delivers into the file of the desk by a store handle of its own. */
export async function startDelivering(t: Test, file: string) {
  const store = openSqliteStore({ file })
  t.teardown(() => store.close())
  const service = restrictionService({ store, parties: PARTIES, table: () => NO_ROWS })
  const { promise: delivered, resolve } = Promise.withResolvers<void>()
  const spool = await EventSpool.open<TrafficEvent>({
    folder: await temporaryFolder(t),
    after: (delayMs, work) => systemScheduler.after(delayMs, work),
    deliver: async (events) => {
      for (const event of events) await service.takeTrafficEvent(event)
      if (events.some(({ stage }) => stage === 'done')) resolve()
    },
  })
  t.teardown(() => spool.close())
  const gateway = await startScenario(t, {
    onEvents: async (seen) => {
      const events = trafficEventsOf({ ...seen, at: START })
      await Promise.all(events.map((event) => spool.keep(event)))
    },
  })
  return { ...gateway, delivered }
}

/** What every store driver promises: all suites, as subtests of `t`. */
import type { Test } from 'tap'
import { controlPlaneSuite } from './control-plane-suite.ts'
import { dataPlaneSuite } from './data-plane-suite.ts'
import { epochsSuite } from './epochs-suite.ts'
import { faultsSuite } from './faults-suite.ts'
import { flagsSuite } from './flags-suite.ts'
import { gatewaysSuite } from './gateways-suite.ts'
import { handlesSuite } from './handles-suite.ts'
import { importSuite } from './import-suite.ts'
import { incidentsSuite } from './incidents-suite.ts'
import { leasesSuite, sharedLeasesSuite } from './leases-suite.ts'
import { noticesSuite } from './notices-suite.ts'
import { checksOf, type Driver } from './place.ts'
import { restrictionsSuite } from './restrictions-suite.ts'
import { schedulesSuite } from './schedules-suite.ts'
import { tablesSuite } from './tables-suite.ts'
import { tokensSuite } from './tokens-suite.ts'

export function conformance(t: Test, driver: Driver): void {
  const check = checksOf(t, driver)
  dataPlaneSuite(check)
  flagsSuite(check)
  restrictionsSuite(check)
  controlPlaneSuite(check)
  gatewaysSuite(check)
  importSuite(check)
  leasesSuite(check)
  tablesSuite(check)
  noticesSuite(check)
  schedulesSuite(check)
  incidentsSuite(check)
  tokensSuite(check)
  if (!driver.isShared) return
  handlesSuite(check)
  sharedLeasesSuite(check)
  epochsSuite(check)
  faultsSuite(check)
}

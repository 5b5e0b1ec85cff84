/** What endpoints of the API work on. */
import type { ControlPorts } from '../control-ports.ts'
import type { Cursors } from '../http/cursor.ts'
import type { InForceWait } from '../in-force.ts'

export interface ApiPorts extends ControlPorts {
  readonly cursors: Cursors
  readonly inForce: InForceWait
}

/** What goes to the thread of the second reader and what comes back. */
import type { CatalogueData } from '../../core/catalogue/catalogue.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { MessageFacts } from '../../core/duis/facts.ts'

/** Given to the thread when it starts. */
export interface ReadingThreadData {
  readonly catalogue: CatalogueData
  readonly dccEuis: readonly DeviceKey[]
}

/** A message to be read again. The bytes are the thread's own. */
export interface ReadingJob {
  readonly id: number
  readonly facts: MessageFacts
  readonly bytes: Uint8Array
}

export interface ReadingAnswer {
  readonly id: number
  /** As `differences` has them. */
  readonly differences: readonly string[]
}

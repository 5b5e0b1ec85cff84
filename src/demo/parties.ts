/** The parties of the demo: two Suppliers, one for each fuel, and everybody else who has a say. */
import type { Role } from '../core/restriction/party.ts'

export interface SampleParty {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** EUI-64s as text, as a configuration has them. */
  readonly euis: readonly string[]
  /** Of a CSP. */
  readonly regions?: readonly string[]
}

export const SAMPLE_PARTIES = [
  { id: 'SUP-E', name: 'Bright Electricity', role: 'supplier', euis: ['90-B3-D5-1F-30-01-00-00'] },
  { id: 'SUP-G', name: 'Hearth Gas', role: 'supplier', euis: ['90-B3-D5-1F-30-01-00-01'] },
  { id: 'NET', name: 'Northern Networks', role: 'network-operator', euis: [] },
  { id: 'SC', name: 'DCC Service Centre', role: 'service-centre', euis: [] },
  { id: 'CSP-N', name: 'Northern Radio', role: 'csp', euis: [], regions: ['north'] },
  { id: 'AUD', name: 'Independent Audit', role: 'auditor', euis: [] },
  { id: 'OPS', name: 'DSP operations', role: 'operations', euis: [] },
] as const satisfies readonly SampleParty[]

export type SamplePartyId = (typeof SAMPLE_PARTIES)[number]['id']

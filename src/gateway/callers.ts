/** Callers of a listener: which parties it lets in, known by the name in their certificate. */
import type { X509Certificate } from 'node:crypto'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { canonicalName, type NameSource, nameOf } from '../tls/certificate.ts'
import type { NobodysReason } from '../tls/reasons.ts'
import type { Caller } from './tls-sides.ts'

/** A party as far as its certificates are concerned. */
export interface CallingParty {
  readonly id: string
  readonly euis: readonly DeviceKey[]
  /** Names of its certificates; empty: its EUI-64s are. */
  readonly certificates: readonly string[]
}

type CallerOf = (certificate: X509Certificate) => Caller | NobodysReason

/** Service Users by the names of their certificates; each may send in the name of all EUI-64s of its party. */
export function callingParties(parties: readonly CallingParty[], nameBy: NameSource): CallerOf {
  const callers = new Map<string, Caller>()
  for (const { id, euis, certificates } of parties) {
    const caller = { party: id, euis: new Set(euis) }
    const names = certificates.length > 0 ? certificates : euis.map(formatEui64)
    for (const name of names) callers.set(canonicalName(name), caller)
  }
  return callersBy(callers, nameBy)
}

/** Callers that send in nobody's name: the DSP on the northbound listener. */
export function namedCallers(names: readonly string[], nameBy: NameSource): CallerOf {
  const caller: Caller = { party: 'DSP', euis: new Set() }
  return callersBy(new Map(names.map((name) => [canonicalName(name), caller])), nameBy)
}

function callersBy(callers: ReadonlyMap<string, Caller>, nameBy: NameSource): CallerOf {
  return (certificate) => {
    const name = nameOf(certificate, nameBy)
    return name === undefined ? 'TLS_NAME_MISSING' : (callers.get(name) ?? 'TLS_CALLER_UNKNOWN')
  }
}

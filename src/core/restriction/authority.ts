/**
 * Who may change the flag of a meter point: its Responsible Supplier at the time the change takes effect, or the Service
 * Centre for that Supplier, named, on a ticket (MP169 BR3).
 */
import type { Instant } from '../device/device.ts'
import type { Actor, Party } from './party.ts'
import { type Refusal, refuse } from './refusal.ts'
import { supplierAt } from './registration.ts'
import type { OnBehalf } from './requests.ts'
import type { Registration } from './restriction.ts'

/** What is known about who answers for the meter point. */
export interface Responsibility {
  /** Of the meter point; empty when it is not known. */
  readonly registrations: readonly Registration[]
  /** Of the other meter points on the same Communications Hub, for a hint about the other fuel. */
  readonly neighbours: readonly Registration[]
  /**
   * Who answers for a flag without a meter point: whoever it was set for. Absent for a new flag, where the Service
   * Centre's word counts.
   */
  readonly keeper?: string | undefined
  readonly hasMeterPoint: boolean
}

export type AuthorityReading =
  | { readonly ok: true; readonly supplier: string }
  | { readonly ok: false; readonly refusals: readonly Refusal[] }

/** The Supplier for whom the change is made, or why it may not be made. `at`: when it takes effect. */
export function judgeAuthority(
  actor: Actor,
  request: OnBehalf,
  about: Responsibility,
  parties: readonly Party[],
  at: Instant,
  now: Instant,
): AuthorityReading {
  switch (actor.role) {
    case 'supplier':
      return judgeSupplier(actor.party, request, about, at, now)
    case 'service-centre':
      return judgeServiceCentre(request, about, parties, at)
    case 'network-operator':
    case 'csp':
    case 'operations':
    case 'auditor':
      return no([refuse('role-not-allowed')])
  }
}

/**
 * What a Supplier is told of a meter point or Device that look-ups do not show it: the same whether it is another's, unknown, or
 * somebody's with or without a flag. Undefined where it may know: it supplies it, or will, or the other fuel of the same home, or
 * keeps its flag.
 */
export function hiddenRefusal(
  actor: Actor,
  { onBehalfOf }: OnBehalf,
  { registrations, neighbours, keeper }: Omit<Responsibility, 'hasMeterPoint'>,
  now: Instant,
): Refusal | undefined {
  if (actor.role !== 'supplier') return undefined
  const { party } = actor
  if (onBehalfOf !== undefined && onBehalfOf !== party) return refuse('on-behalf-not-allowed')
  if (keeper === party) return undefined
  const isTheirs = [...registrations, ...neighbours].some(
    (each) =>
      each.role === 'supplier' && each.party === party && (each.until === undefined || each.until > now),
  )
  return isTheirs ? undefined : refuse('not-responsible')
}

function judgeSupplier(
  party: string,
  request: OnBehalf,
  about: Responsibility,
  at: Instant,
  now: Instant,
): AuthorityReading {
  if (request.onBehalfOf !== undefined && request.onBehalfOf !== party) {
    return no([refuse('on-behalf-not-allowed')])
  }
  if (responsibleFor(about, at) === party) return { ok: true, supplier: party }
  return no([supplierRefusal(party, about, at, now)])
}

/** The most telling of the reasons why it is not this Supplier's to change. */
function supplierRefusal(party: string, about: Responsibility, at: Instant, now: Instant): Refusal {
  if (!about.hasMeterPoint) return refuse('not-responsible')
  if (supplierAt(about.registrations, now) === party) return refuse('not-responsible-then')
  if (about.neighbours.some((each) => each.party === party && supplierAt([each], at) === party)) {
    return refuse('cross-fuel')
  }
  return refuse(supplierAt(about.registrations, at) === undefined ? 'no-supplier' : 'not-responsible')
}

function judgeServiceCentre(
  { onBehalfOf, ticket }: OnBehalf,
  about: Responsibility,
  parties: readonly Party[],
  at: Instant,
): AuthorityReading {
  const ticketRefusals = isTicket(ticket) ? [] : [refuse('ticket-missing')]
  if (onBehalfOf === undefined || onBehalfOf.trim() === '') {
    return no([refuse('on-behalf-missing'), ...ticketRefusals])
  }
  const refusals = [...onBehalfRefusals(onBehalfOf, about, parties, at), ...ticketRefusals]
  return refusals.length > 0 ? no(refusals) : { ok: true, supplier: onBehalfOf }
}

function onBehalfRefusals(
  onBehalfOf: string,
  about: Responsibility,
  parties: readonly Party[],
  at: Instant,
): readonly Refusal[] {
  const named = parties.find((party) => party.id === onBehalfOf)
  if (!named?.roles.includes('supplier')) return [refuse('on-behalf-not-supplier')]
  const responsible = responsibleFor(about, at)
  if (responsible === onBehalfOf) return []
  if (!about.hasMeterPoint && responsible === undefined) return []
  return [refuse(responsible === undefined ? 'no-supplier' : 'on-behalf-not-responsible')]
}

/** The Responsible Supplier, or the keeper of a flag that has no meter point. */
function responsibleFor(about: Responsibility, at: Instant): string | undefined {
  return about.hasMeterPoint ? supplierAt(about.registrations, at) : about.keeper
}

function isTicket(ticket: string | undefined): boolean {
  return ticket !== undefined && /^[A-Za-z0-9][A-Za-z0-9-]{2,39}$/.test(ticket.trim())
}

function no(refusals: readonly Refusal[]): AuthorityReading {
  return { ok: false, refusals }
}

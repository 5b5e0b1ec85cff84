/**
 * From the claims of a provider to a party, roles and a name. Strict: what leads to no party or to several, to no role, or to one
 * that the party does not have, lets nobody in.
 */
import { type Party, ROLES, type Role } from '../../core/restriction/party.ts'
import { keptText, untypedIn } from '../../core/restriction/typed-text.ts'
import type { Holder } from '../identity.ts'

/** Where in the claims something stands: the name of a claim, or `/NAME/NAME` for one inside another. */
type ClaimPath = string

export interface ClaimMapping {
  readonly nameClaim: ClaimPath
  readonly partyClaim: ClaimPath
  /** Party IDs by value of `partyClaim`; without any, the values are IDs. */
  readonly parties: Readonly<Record<string, string>>
  readonly roleClaim: ClaimPath
  /** Roles by value of `roleClaim`; without any, the values are roles. */
  readonly roles: Readonly<Record<string, string>>
}

export type Claims = Readonly<Record<string, unknown>>

/** Why claims let nobody in. */
export type ClaimProblem = 'no-name' | 'no-party' | 'several-parties' | 'no-role' | 'role-of-another'

const NAME_CHARACTERS = 100

/** Whom the claims stand for among the parties. */
export function holderOf(
  claims: Claims,
  mapping: ClaimMapping,
  parties: readonly Party[],
): Holder | ClaimProblem {
  const name = nameOf(claims, mapping.nameClaim)
  if (name === undefined) return 'no-name'
  const ids = new Set(textsAt(claims, mapping.partyClaim).flatMap((value) => mapped(mapping.parties, value)))
  const named = parties.filter(({ id }) => ids.has(id))
  const [party, ...others] = named
  if (!party) return 'no-party'
  if (others.length > 0) return 'several-parties'
  const values = new Set(textsAt(claims, mapping.roleClaim).flatMap((value) => mapped(mapping.roles, value)))
  const roles: Role[] = ROLES.filter((role) => values.has(role))
  if (roles.length === 0) return 'no-role'
  return roles.every((role) => party.roles.includes(role)) ? { party, roles, name } : 'role-of-another'
}

/** Whether all three claims are there, whatever they say. */
export function hasClaims(claims: Claims, { nameClaim, partyClaim, roleClaim }: ClaimMapping): boolean {
  return [nameClaim, partyClaim, roleClaim].every((path) => valueAt(claims, path) !== undefined)
}

function mapped(map: Readonly<Record<string, string>>, value: string): string[] {
  if (Object.keys(map).length === 0) return [value]
  const found = Object.hasOwn(map, value) ? map[value] : undefined
  return found === undefined ? [] : [found]
}

/** As the audit takes it. */
function nameOf(claims: Claims, path: ClaimPath): string | undefined {
  const value = valueAt(claims, path)
  if (typeof value !== 'string' || untypedIn(value) !== undefined) return undefined
  const name = keptText(value)
  return name === '' || name.length > NAME_CHARACTERS ? undefined : name
}

function textsAt(claims: Claims, path: ClaimPath): string[] {
  return [valueAt(claims, path)].flat().filter((value) => typeof value === 'string')
}

function valueAt(claims: Claims, path: ClaimPath): unknown {
  const names = path.startsWith('/') ? path.slice(1).split('/') : [path]
  return names.reduce<unknown>(
    (node, name) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, name)
        ? Reflect.get(node, name)
        : undefined,
    claims,
  )
}

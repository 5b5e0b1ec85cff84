/** What of a configuration the operations on flags work by. */
import type { Config } from '../config/config.ts'
import { restrictionRules } from '../config/rules.ts'
import type { RestrictionServiceOptions } from '../restrictions/restriction-service.ts'

/** Regions of each CSP by the ID of its party. */
export function regionsOfCsp({ parties }: Pick<Config, 'parties'>): ReadonlyMap<string, readonly string[]> {
  return new Map(parties.filter(({ roles }) => roles.includes('csp')).map(({ id, regions }) => [id, regions]))
}

/** Rules of change, parties, and the regions of each CSP: the same in every process of an installation. */
export function rulesAndParties(
  config: Pick<Config, 'parties' | 'rules'>,
): Required<Pick<RestrictionServiceOptions, 'parties' | 'rules' | 'regionsOfCsp'>> {
  return { parties: config.parties, rules: restrictionRules(config), regionsOfCsp: regionsOfCsp(config) }
}

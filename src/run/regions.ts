/** Which regions each CSP of a configuration has. */
import type { Config } from '../config/config.ts'

/** Regions of each CSP by the ID of its party. */
export function regionsOfCsp({ parties }: Pick<Config, 'parties'>): ReadonlyMap<string, readonly string[]> {
  return new Map(parties.filter(({ roles }) => roles.includes('csp')).map(({ id, regions }) => [id, regions]))
}

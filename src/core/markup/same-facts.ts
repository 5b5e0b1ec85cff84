/** Whether two readings of a message say the same. */
import type { MessageFacts } from '../duis/facts.ts'

/** Names of the facts that are not the same in both; a value that is absent is the same as none. */
export function differingFacts(one: MessageFacts, other: MessageFacts): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof MessageFacts>
  return [...names].filter((name) => asText(one[name]) !== asText(other[name]))
}

function asText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? ''
}

/** What a closure says, as plain sentences: for the command line and for docs/policy-table.md. */
import { PROTECTED_CLASSES } from '../catalogue/data-items.ts'
import type { Closure, Stopping } from './closure.ts'

/** `Event of ESME`; empty for a subject that holds the same whatever the Device and the log. */
export function partOf({ when }: Pick<Closure, 'when'>): string {
  if (!when) return ''
  const log = when.logToRead === undefined ? '' : `log ${when.logToRead} `
  return `${log}of ${when.deviceType?.join(', ') ?? 'any Device'}`
}

/** The classes that are protected, surest first as the file has them: `consumption, behaviour (likely)`. */
export function protectedWords({ classes }: Pick<Closure, 'classes'>): string {
  return PROTECTED_CLASSES.flatMap((name) => {
    const sureness = classes[name]
    if (sureness === undefined) return []
    return [sureness === 'sure' ? name : `${name} (${sureness})`]
  }).join(', ')
}

export const STOPPING_WORDS: Readonly<Record<Stopping, string>> = {
  always: 'stopped',
  partly: 'stopped in part',
  never: 'passed',
}

/** Why the list does what it does: `stopped, because it carries consumption.` */
export function conclusionOf(closure: Closure): string {
  const { stopping, conclusion, reason } = closure
  const carries = protectedWords(closure) || 'nothing that is protected'
  const what = STOPPING_WORDS[stopping]
  if (conclusion === 'follows') return `${what}, because it carries ${carries}.`
  return `${what}, and carries ${carries}. ${reason ?? 'The row does not say why.'}`
}

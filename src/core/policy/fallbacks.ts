/**
 * The rules for codes that no row names, made from a table's defaults.
 */
import type { Rule, TableDefault, TableDefaults, UnreadableDefault } from './table.ts'

/** What a table means that was written before there was this default: what the shipped ones say. */
export const UNREADABLE_PAYLOAD: UnreadableDefault = {
  action: 'pass',
  otherwise: 'block',
  onUnknown: 'defer',
  onStale: 'defer',
}

/** One rule for each default; its id is the key path an operator finds in the table's file. */
export type Fallbacks = Readonly<Record<keyof TableDefaults, Rule>>

export function fallbacksOf(defaults: TableDefaults): Fallbacks {
  return {
    unknownReadingSrv: rule('unknownReadingSrv', defaults, 'The table does not know this read.'),
    unknownSrv: rule('unknownSrv', defaults, 'The table does not know this Service Reference Variant.'),
    unknownAlert: rule('unknownAlert', defaults, 'The table does not know this Device Alert.'),
    unknownDccAlert: rule('unknownDccAlert', defaults, 'The table does not know this DCC Alert.'),
    unclassifiedResponse: rule('unclassifiedResponse', defaults, 'Nothing says what these data are.'),
    unreadablePayload: rule(
      'unreadablePayload',
      defaults,
      'Its content cannot be read, and nothing else says what it is.',
    ),
  }
}

function rule(name: keyof TableDefaults, defaults: TableDefaults, why: string): Rule {
  const { action, otherwise, onUnknown, onStale }: TableDefault & Partial<UnreadableDefault> = defaults[name]
  return {
    id: `defaults.${name}`,
    why,
    action,
    when: {},
    otherwise,
    mode: 'enforce',
    onUnknown,
    onStale,
    observe: [],
  }
}

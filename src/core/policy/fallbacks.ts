/**
 * The rules for codes that no row names, made from a table's defaults.
 */
import type { Rule, TableDefault, TableDefaults } from './table.ts'

/** One rule for each default; its id is the key path an operator finds in the table's file. */
export type Fallbacks = Readonly<Record<keyof TableDefaults, Rule>>

export function fallbacksOf(defaults: TableDefaults): Fallbacks {
  return {
    unknownReadingSrv: rule('unknownReadingSrv', defaults, 'The table does not know this read.'),
    unknownSrv: rule('unknownSrv', defaults, 'The table does not know this Service Reference Variant.'),
    unknownAlert: rule('unknownAlert', defaults, 'The table does not know this Device Alert.'),
    unknownDccAlert: rule('unknownDccAlert', defaults, 'The table does not know this DCC Alert.'),
    unclassifiedResponse: rule('unclassifiedResponse', defaults, 'Nothing says what these data are.'),
  }
}

function rule(name: keyof TableDefaults, defaults: TableDefaults, why: string): Rule {
  const { action, onUnknown, onStale }: TableDefault = defaults[name]
  return {
    id: `defaults.${name}`,
    why,
    action,
    when: {},
    otherwise: undefined,
    mode: 'enforce',
    onUnknown,
    onStale,
    observe: [],
  }
}

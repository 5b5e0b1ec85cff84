/**
 * The classes of rows: why a kind of message is treated as it is.
 */

/** Classes that no row may ever block (requirements, rule 4). */
export const NEVER_BLOCK_CLASSES = [
  'install',
  'credentials',
  'firmware',
  'supply',
  'safety',
  'security',
  'top-up',
] as const

export const ROW_CLASSES = [
  ...NEVER_BLOCK_CLASSES,
  'consumption',
  'billing',
  'behaviour',
  'prepayment',
  'schedule',
  'configuration',
  'customer-message',
  'inventory',
  'diagnostics',
  'network',
  'load-control',
  'command-outcome',
  'han',
  'dcc',
] as const
export type RowClass = (typeof ROW_CLASSES)[number]

/** Whether rows of this class must pass whatever the flag says. */
export function isNeverBlocked(rowClass: RowClass): boolean {
  return (NEVER_BLOCK_CLASSES as readonly RowClass[]).includes(rowClass)
}

/** Events of the flag's own life that a message may carry (requirements rows 20 to 24). */
export const OBSERVED_EVENTS = [
  'prepayment-activity',
  'payment-mode-change',
  'change-of-tenancy',
  'change-of-supplier',
  'hub-change',
  'han-change',
  'commissioned',
  'decommissioned',
  'schedule-created',
  'schedule-deleted',
] as const
export type ObservedEvent = (typeof OBSERVED_EVENTS)[number]

/** Settings of the rules of change: which meters may be flagged, and what a change of tenancy does by itself. */
import { z } from 'zod'
import { DEFAULT_RULES, type RestrictionRules } from '../core/restriction/requests.ts'
import { MAX_CLEAR_DELAY_DAYS } from '../core/restriction/task-rules.ts'
import { setting, whole } from './kinds.ts'

const GENERATIONS = ['SMETS1', 'SMETS2'] as const

export const rulesSchema = z
  .strictObject({
    generations: setting(
      z
        .array(z.enum(GENERATIONS))
        .min(1)
        .default([...GENERATIONS]),
      {
        description:
          'SMETS generations whose meters may be flagged; one of unknown generation always may. Flags that stand stay.',
        accepts: `a list of ${GENERATIONS.join(', ')}`,
        example: 'SMETS2',
      },
    ),
    clearAfterTenancyDays: whole(
      'days',
      0,
      MAX_CLEAR_DELAY_DAYS,
      0,
      'Days after a change of tenancy, as the Responsible Supplier told it, at which the flag is cleared unless that Supplier decides otherwise; 0: never by itself.',
    ),
  })
  .prefault({})

/** The rules of change as they are configured. */
export function restrictionRules({
  rules,
}: {
  readonly rules: z.output<typeof rulesSchema>
}): RestrictionRules {
  const { generations, clearAfterTenancyDays: days } = rules
  return { ...DEFAULT_RULES, generations, clearAfterTenancyDays: days === 0 ? undefined : days }
}

/** The schema of a problem in the OpenAPI document. */
import { z } from '@hono/zod-openapi'
import { TABLE_RULES } from '../../core/policy/governance-rules.ts'
import { RULES } from '../../core/restriction/refusal.ts'
import { PROBLEMS } from './problems.ts'

/** The keys of a literal record as an enumeration's values. */
export function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): [Key, ...Key[]] {
  return Object.keys(record) as [Key, ...Key[]]
}

const refusalSchema = z
  .strictObject({
    rule: z.enum([...keysOf(RULES), ...keysOf(TABLE_RULES)]),
    text: z.string(),
    whatToDo: z.string(),
  })
  .openapi('Refusal', { description: 'Why the rules of change refuse a request, and what to do about it.' })

const invalidPlaceSchema = z.strictObject({
  where: z.string().openapi({ example: 'body.declaration.date' }),
  text: z.string(),
})

export const problemSchema = z
  .strictObject({
    type: z.string().openapi({ example: 'urn:duisgate:problem:stale' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().optional(),
    instance: z.string().openapi({ description: 'Names the request; the log has the same ID.' }),
    code: z.enum(keysOf(PROBLEMS)).openapi({ description: 'What to match on.' }),
    refusals: z.array(refusalSchema).optional(),
    invalid: z
      .array(invalidPlaceSchema)
      .optional()
      .openapi({ description: 'What is not as described, and where.' }),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details.' })

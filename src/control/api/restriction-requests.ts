/** What requests to set and to clear look like; a preview takes the same as the change itself. */
import { z } from '@hono/zod-openapi'
import { ARS_STEPS, CLEAR_REASONS } from '../../core/restriction/requests.ts'
import { givenDeviceSchema, givenTimeSchema } from './schemas.ts'

export const RESTRICTIONS_TAG = 'Restrictions'

export const idParams = z.object({
  id: z.string().max(64).openapi({ example: 'R-01JDH2V9WX4N6Q8S0T2V4X6Z8B' }),
})

const onBehalfFields = {
  onBehalfOf: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: 'Service Centre only: the Supplier it acts for.' }),
  ticket: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: 'Service Centre only.', example: 'INC-204711' }),
}

const namedFields = {
  mpxn: z.string().max(32).optional().openapi({ description: 'MPAN or MPRN.', example: '2000000000015' }),
  device: givenDeviceSchema.optional(),
}

export const setBody = z
  .strictObject({
    ...namedFields,
    from: givenTimeSchema.optional().openapi({ description: 'When it takes effect; absent: now.' }),
    declaration: z.strictObject({
      steps: z
        .array(z.string().max(64))
        .max(16)
        .openapi({ description: `Of ${ARS_STEPS.join(', ')}.`, example: ['advice-given'] }),
      date: z.string().max(32).openapi({ example: '2026-11-01' }),
      evidence: z.string().max(1_000).openapi({ example: 'CASE-4711' }),
      isLastResort: z.boolean(),
      isCreditMode: z.boolean(),
    }),
    reference: z.string().max(1_000).optional(),
    fuel: z.enum(['electricity', 'gas']).optional(),
    ...onBehalfFields,
  })
  .openapi('SetRequest')

export const clearBody = z
  .strictObject({
    at: givenTimeSchema.optional().openapi({ description: 'When it ends; absent: now.' }),
    reason: z
      .string()
      .max(64)
      .openapi({ description: `One of ${CLEAR_REASONS.join(', ')}.`, example: 'consumer-request' }),
    reference: z.string().max(1_000).openapi({ example: 'CASE-4712' }),
    ...onBehalfFields,
  })
  .openapi('ClearRequest')

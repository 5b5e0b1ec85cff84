/** The caller's own identity: party, roles and name that the token stands for. */
import { z } from '@hono/zod-openapi'
import { type Endpoint, endpointsOf } from '../http/endpoint.ts'
import { roleSchema } from './schemas.ts'

const meSchema = z
  .strictObject({
    party: z.strictObject({ id: z.string(), name: z.string() }),
    name: z.string().openapi({ description: 'As the audit names the holder of the token.' }),
    role: roleSchema,
    roles: z.array(roleSchema),
  })
  .openapi('Me')

const { get } = endpointsOf('Access')

export const meEndpoints: readonly Endpoint[] = [
  get('/me', {
    name: 'getMe',
    summary: 'The party, role and name that requests with this token act under',
    access: 'signed-in',
    content: meSchema,
    handle: ({ identity: { actor, party, roles } }) => ({
      content: { party: { id: party.id, name: party.name }, name: actor.name, role: actor.role, roles },
    }),
  }),
]

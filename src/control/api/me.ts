/** Who the token says one is. */
import { z } from '@hono/zod-openapi'
import { endpoint } from '../http/endpoint.ts'
import { roleSchema } from './schemas.ts'

const meSchema = z
  .strictObject({
    party: z.strictObject({ id: z.string(), name: z.string() }),
    name: z.string().openapi({ description: 'As the audit names the holder of the token.' }),
    role: roleSchema,
    roles: z.array(roleSchema),
  })
  .openapi('Me')

export const me = endpoint({
  method: 'get',
  path: '/me',
  name: 'getMe',
  tag: 'Access',
  summary: 'The party, role and name that requests with this token act under',
  access: 'signed-in',
  content: meSchema,
  handle: ({ identity: { actor, party, roles } }) => ({
    status: 200,
    content: { party: { id: party.id, name: party.name }, name: actor.name, role: actor.role, roles },
  }),
})

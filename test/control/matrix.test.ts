import t from 'tap'
import { openApiDocument } from '../../src/control/openapi.ts'
import { ROLES } from '../../src/core/restriction/party.ts'
import { OPERATIONS, PERMISSIONS } from '../../src/restrictions/permissions.ts'
import { type Desk, openDesk, partyWith } from './desk.ts'

/** Routes of the API as the app has them, with something in place of each parameter. */
function apiRoutes({ control }: Desk) {
  return control.routes
    .entries()
    .filter(({ plane }) => plane === 'api')
    .map((entry) => ({ ...entry, url: entry.path.replace(':id', 'R-1').replace(':mpxn', '1200000000011') }))
}

t.test('every route opens to the roles of the permissions table and to no other', async (t) => {
  const desk = await openDesk(t)
  for (const { method, url, path, access } of apiRoutes(desk))
    for (const role of ROLES) {
      const { status } = await desk.ask(partyWith(role), url, { method })
      const isOpen = typeof access === 'string' || role in PERMISSIONS[access.operation]
      t.equal(status !== 401 && status !== 403, isOpen, `${method} ${path} for ${role}: ${status}`)
    }
})

t.test('without an identity nothing answers but the OpenAPI document', async (t) => {
  const desk = await openDesk(t)
  for (const { method, url, path } of apiRoutes(desk)) {
    const { status } = await desk.ask(undefined, url, { method })
    t.equal(status, path === '/api/v1/openapi.json' ? 200 : 401, `${method} ${path}`)
  }
  t.equal((await desk.ask(undefined, '/api/v1/there-is-no-such-path')).status, 401)
})

t.test('every route of the app has an entry in the route book, and every entry a route', async (t) => {
  const { control } = await openDesk(t)
  const routes = control.app.routes.filter(({ method }) => method !== 'ALL')
  t.same(
    new Set(routes.map(({ method, path }) => `${method} ${path}`)),
    new Set(control.routes.entries().map(({ method, path }) => `${method} ${path}`)),
  )
})

t.test('a route that is added past the book is closed to everybody', async (t) => {
  const desk = await openDesk(t)
  const { app } = desk.control
  app.get('/api/v1/forgotten', (context) => context.text('open'))
  app.get('/forgotten', (context) => context.text('open'))
  for (const path of ['/api/v1/forgotten', '/forgotten'])
    for (const party of [undefined, ...ROLES.map(partyWith)])
      t.equal(
        (await app.request(path, { headers: authorization(desk, party) })).status,
        403,
        `${path} ${party}`,
      )
})

function authorization({ tokens }: Desk, party: string | undefined): Record<string, string> {
  return party === undefined ? {} : { authorization: `Bearer ${tokens[party]}` }
}

t.test('every operation of the permissions table has a route or is a name of the page’s own', async (t) => {
  const desk = await openDesk(t)
  const used = new Set(
    apiRoutes(desk).flatMap(({ access }) => (typeof access === 'string' ? [] : [access.operation])),
  )
  t.same(
    OPERATIONS.filter((operation) => !used.has(operation)),
    ['counts'],
    'counts come with the gateways',
  )
})

t.test('every route is in the OpenAPI document, and every documented one is a route', async (t) => {
  const desk = await openDesk(t)
  const { paths } = openApiDocument(desk.control.app) as { paths: Record<string, Record<string, unknown>> }
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(.+?)\}/g, ':$1')}`),
  )
  const routes = apiRoutes(desk).map(({ method, path }) => `${method} ${path}`)
  t.same(new Set(documented), new Set(routes))
})

t.test('a denial is in the audit with the route’s pattern', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('NET', '/api/v1/restrictions/R-secret')
  const { items } = (await desk.ask('AUD', '/api/v1/audit')).json
  t.match(items[0], {
    action: 'access.denied',
    subject: 'GET /api/v1/restrictions/:id',
    actor: { party: 'NET', role: 'network-operator' },
  })
})

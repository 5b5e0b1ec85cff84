import t from 'tap'
import { openApiDocument } from '../../src/control/openapi.ts'
import { ROLES } from '../../src/core/restriction/party.ts'
import { OPERATIONS } from '../../src/restrictions/permissions.ts'
import { type Desk, openDesk, partyWith } from './desk.ts'

/** Routes of the API as the app has them, with something in place of each parameter. */
function apiRoutes({ control }: Desk) {
  return control.routes
    .entries()
    .filter(({ plane }) => plane === 'api')
    .map((entry) => ({ ...entry, url: entry.path.replace(':id', 'R-1').replace(':mpxn', '1200000000011') }))
}

/** Every route of the API and the roles that may use it, by hand. A change of either shows as a change of this picture. */
const GRID = `
GET  /me                            supplier network-operator service-centre csp operations auditor
GET  /restrictions                  supplier service-centre operations auditor
POST /restrictions/preview          supplier service-centre
POST /restrictions/:id/clear/preview supplier service-centre
POST /restrictions                  supplier service-centre
GET  /restrictions/:id              supplier service-centre operations auditor
POST /restrictions/:id/clear        supplier service-centre
POST /bulk/set                      supplier service-centre
POST /bulk/clear                    supplier service-centre
GET  /changes                       network-operator service-centre operations auditor
GET  /restricted-meter-points       supplier service-centre operations auditor
GET  /search                        supplier network-operator service-centre csp operations auditor
GET  /meter-points/:mpxn            supplier network-operator service-centre csp operations auditor
GET  /devices/:id                   supplier network-operator service-centre csp operations auditor
GET  /devices/:id/status            supplier network-operator service-centre csp operations auditor
GET  /tasks                         supplier service-centre operations auditor
POST /tasks/:id/complete            supplier service-centre
POST /tenancy-notices               supplier service-centre
GET  /notices                       supplier network-operator service-centre csp operations auditor
GET  /notices/digest                supplier network-operator service-centre csp operations auditor
GET  /notices/restricted-devices    supplier network-operator service-centre csp operations auditor
GET  /notices/lanes                 supplier network-operator service-centre csp operations auditor
POST /notices/:id/resend            supplier network-operator csp operations
GET  /restrictions.csv              supplier service-centre operations auditor
GET  /tasks.csv                     supplier service-centre operations auditor
GET  /audit.csv                     service-centre auditor
POST /registrations                 operations
GET  /reports/exceptions            supplier service-centre csp operations auditor
GET  /reports/exceptions.csv        supplier service-centre csp operations auditor
GET  /reports/performance           supplier service-centre operations auditor
GET  /reports/performance.csv       supplier service-centre operations auditor
GET  /reports/uptake                supplier service-centre operations auditor
GET  /reports/uptake.csv            supplier service-centre operations auditor
GET  /reports/leaks                 service-centre operations auditor
GET  /reports/evidence              service-centre operations auditor
GET  /incidents                     service-centre csp operations auditor
POST /incidents                     service-centre csp operations
GET  /operations                    operations auditor
GET  /table                         supplier network-operator service-centre csp operations auditor
GET  /tables                        supplier network-operator service-centre csp operations auditor
GET  /tables/at                     supplier network-operator service-centre csp operations auditor
GET  /table-proposals               service-centre operations auditor
GET  /table-proposals/:id           service-centre operations auditor
POST /table-proposals               operations
POST /table-roll-backs              operations
POST /table-proposals/:id/approve   operations
POST /table-proposals/:id/reject    operations
GET  /tables/:revision/impact       operations auditor
GET  /decisions/:id                 supplier network-operator service-centre operations auditor
GET  /decisions                     supplier network-operator service-centre operations auditor
GET  /audit                         service-centre auditor
GET  /openapi.json                  supplier network-operator service-centre csp operations auditor
`

t.test('every route opens to the roles of this picture and to no other', async (t) => {
  const desk = await openDesk(t)
  const lines: string[] = []
  for (const { method, url, path } of apiRoutes(desk)) {
    const open: string[] = []
    for (const role of ROLES) {
      const { status } = await desk.ask(partyWith(role), url, { method })
      if (status !== 401 && status !== 403) open.push(role)
    }
    const route = `${method.padEnd(4)} ${path.replace('/api/v1', '')}`
    lines.push(`${route.padEnd(35)} ${open.join(' ')}`)
  }
  t.equal(`\n${lines.join('\n')}\n`, GRID)
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
  const inShort = (all: readonly { readonly method: string; readonly path: string }[]) =>
    all.map(({ method, path }) => `${method} ${path}`).sort()
  t.same(inShort(routes), inShort(control.routes.entries()))
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
    ['counts', 'tokens', 'revoke-token'],
    'counts come with the gateways; tokens have no API, so that none makes another',
  )
})

t.test('every route is in the OpenAPI document, and every documented one is a route', async (t) => {
  const desk = await openDesk(t)
  const { paths } = openApiDocument(desk.control.app) as { paths: Record<string, Record<string, unknown>> }
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(.+?)\}/g, ':$1')}`),
  )
  const routes = apiRoutes(desk).map(({ method, path }) => `${method} ${path}`)
  t.same(documented.sort(), routes.sort())
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

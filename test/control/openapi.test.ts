import { readFileSync } from 'node:fs'
import t from 'tap'
import { PROBLEMS } from '../../src/control/http/problems.ts'
import { openApiDocument } from '../../src/control/openapi.ts'
import { openDesk } from './desk.ts'
import type { OpenApi } from './documented.ts'

/** Fetched from a running server, written and formatted by `node test/control/write-openapi.ts`. */
const FILE = 'schemas/openapi.json'

t.test('schemas/openapi.json is what the server publishes', async (t) => {
  const desk = await openDesk(t)
  const { json } = await desk.ask(undefined, '/api/v1/openapi.json')
  t.same(JSON.parse(readFileSync(FILE, 'utf8')), json, 'else run: node test/control/write-openapi.ts')
})

t.test(
  'every error of every endpoint is documented as a problem, and every identity problem too',
  async (t) => {
    const { control } = await openDesk(t)
    const document = openApiDocument(control.app) as OpenApi
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, { operationId, responses }] of Object.entries(operations)) {
        t.ok(operationId, `${method} ${path} has a name`)
        if (operationId === 'getOpenApi') continue
        for (const status of ['400', '401', '403', '408', '417', '431', '500', '503'])
          t.ok(status in responses, `${operationId} ${status}`)
        for (const [status, { content }] of Object.entries(responses))
          if (Number(status) >= 400)
            t.same(Object.keys(content ?? {}), ['application/problem+json'], `${operationId} ${status}`)
      }
  },
)

t.test('names of operations are one of a kind and references lead somewhere', async (t) => {
  const { control } = await openDesk(t)
  const document = openApiDocument(control.app) as OpenApi
  const names = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId),
  )
  t.equal(new Set(names).size, names.length)
  const references = JSON.stringify(document).matchAll(/#\/components\/schemas\/([^"]+)/g)
  for (const [, name = ''] of references) t.ok(name in document.components.schemas, name)
})

t.test('docs/api.md lists every problem with its status, and no other', async (t) => {
  const page = readFileSync('docs/api.md', 'utf8')
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (.+?) \|/gm)].map(
    ([, code, status, title]) => ({ code, status: Number(status), title }),
  )
  t.same(
    listed,
    Object.entries(PROBLEMS).map(([code, { status, title }]) => ({ code, status, title })),
  )
})

t.test('docs/api.md names every endpoint', async (t) => {
  const page = readFileSync('docs/api.md', 'utf8')
  const { control } = await openDesk(t)
  const { paths } = openApiDocument(control.app) as OpenApi
  for (const [path, operations] of Object.entries(paths))
    for (const method of Object.keys(operations))
      t.ok(page.includes(`\`${method.toUpperCase()} ${path.replace('/api/v1', '')}\``), `${method} ${path}`)
})

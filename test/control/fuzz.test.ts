/**
 * Requests that nobody should send, to every operation of the API and on every store: whatever stands in an address, a header or a
 * body, the answer is as the document says and never of the 500s.
 */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { startPostgres } from '../support/postgres.ts'
import { type Desk, openDesk, setBody } from './desk.ts'

interface Operation {
  readonly method: string
  readonly path: string
  readonly query: readonly string[]
  readonly hasBody: boolean
}

interface Documented {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: unknown
}

const { paths } = JSON.parse(readFileSync('schemas/openapi.json', 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>
}
const OPERATIONS: readonly Operation[] = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
    method: method.toUpperCase(),
    path,
    query: parameters.flatMap((each) => (each.in === 'query' ? each.name : [])),
    hasBody: requestBody !== undefined,
  })),
)

const PARTIES = ['SUP-E', 'SUP-G', 'NET', 'DCC', 'CSP-N', 'OPS', 'AUD', undefined]
/** Each may be what some store, pattern or parser cannot take. */
const odd = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    'a\0b',
    '\ud800',
    '\u202e',
    '\ufffd',
    '%',
    '../..',
    "'; --",
    '9'.repeat(400),
    '-1',
    '1e999',
  ),
  fc.constantFrom(
    'R-01JDH2V9WX4N6Q8S0T2V4X6Z8B',
    '1200000000011',
    '00-DB-00-00-00-00-00-03',
    '2027-13-45T99:00:00Z',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const oddValue = fc.oneof(
  odd,
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(2 ** 53, -0, 1e308, null, [], {}),
)
const oddBody = fc.oneof(
  fc
    .tuple(fc.constantFrom(...Object.keys(setBody()), 'reason', 'note', 'content', 'outcome', 'at'), oddValue)
    .map(([name, value]) => ({ ...setBody(), [name]: value })),
  fc.dictionary(odd, oddValue, { maxKeys: 3 }),
  oddValue,
)

/** How a request is sent. */
interface Manner {
  readonly hasBody: boolean
  readonly headers: Readonly<Record<string, string>>
}

const USUAL = { 'idempotency-key': 'k-1', 'if-match': '"1"', 'content-type': 'application/json' }
const manner: fc.Arbitrary<Manner> = fc.record({
  hasBody: fc.constantFrom(true, true, true, false),
  headers: fc.oneof(
    { weight: 3, arbitrary: fc.constant(USUAL) },
    fc.constantFrom<Manner['headers']>(
      { 'content-type': 'application/json' },
      { ...USUAL, 'content-type': 'text/csv', accept: 'text/csv' },
      { ...USUAL, 'content-type': 'text/csv', accept: 'image/png' },
      { ...USUAL, 'content-type': 'application/xml' },
      { ...USUAL, 'content-encoding': 'gzip' },
      { ...USUAL, 'content-length': '999999999' },
      { ...USUAL, 'if-match': 'W/"x"' },
      { ...USUAL, 'if-match': '"7"' },
      { ...USUAL, 'idempotency-key': 'k'.repeat(300) },
      { ...USUAL, 'duisgate-role': 'king' },
    ),
  ),
})

function addressOf({ path, query }: Operation, part: string, values: readonly string[]) {
  const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(part.toWellFormed()) || '-')
  const asked = query.map(
    (name, index) => `${name}=${encodeURIComponent((values[index] ?? '').toWellFormed())}`,
  )
  return asked.length === 0 ? filled : `${filled}?${asked.slice(0, 2).join('&')}`
}

async function fuzz(t: Test, desk: Desk, numRuns: number) {
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(
      ...[
        fc.constantFrom(...OPERATIONS),
        fc.constantFrom(...PARTIES),
        odd,
        fc.tuple(odd, odd),
        oddBody,
        manner,
      ],
      async (
        operation: Operation,
        party: string | undefined,
        part: string,
        values: readonly string[],
        body: unknown,
        how: Manner,
      ) => {
        const { status } = await desk.ask(party, addressOf(operation, part, values), {
          method: operation.method,
          ...(operation.hasBody && how.hasBody && { body: JSON.stringify(body) ?? '' }),
          headers: how.headers,
        })
        statuses.add(status)
        if (status >= 500) throw new Error(`${operation.method} ${operation.path} answered ${status}`)
      },
    ),
    { numRuns },
  )
  for (const status of [200, 400, 401, 403, 404, 415, 422])
    t.ok(statuses.has(status), `some answer is ${status}`)
}

t.test('on SQLite', async (t) => fuzz(t, await openDesk(t), 1_500))

t.test('on PostgreSQL', async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.stop())
  const store = await openPostgresStore({ connection: await server.schema(), mayLoseCommits: true })
  await fuzz(t, await openDesk(t, { store }), 700)
})

import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { type ServerLimits, startControl } from '../../src/control/start.ts'
import { START } from '../restriction/scene.ts'
import { type Desk, openDesk, setBody } from './desk.ts'

async function started(t: Test, limits: Partial<ServerLimits> = {}) {
  const desk = await openDesk(t)
  let onRequest: (request: Request) => void = () => {}
  const fetched: typeof desk.control.app.fetch = (...asked) => {
    const answer = desk.control.app.fetch(...asked)
    onRequest(asked[0])
    return answer
  }
  const app = Object.assign(Object.create(desk.control.app), { fetch: fetched })
  const running = await startControl({
    control: { ...desk.control, app },
    listen: { host: '127.0.0.1', port: 0 },
    limits,
  })
  /** Resolves when the next request has reached the app. */
  const nextRequest = () => {
    const { promise, resolve } = Promise.withResolvers<Request>()
    onRequest = resolve
    return promise
  }
  let isStopped = false
  const stop = async (drainMs: number) => {
    isStopped = true
    await running.stop(drainMs)
  }
  t.teardown(() => (isStopped ? undefined : running.stop(0)))
  const base = `http://127.0.0.1:${running.port}`
  return { desk, base, port: running.port, stop, nextRequest }
}

function bearer({ tokens }: Desk, party: string): Record<string, string> {
  return { authorization: `Bearer ${tokens[party]}` }
}

/** Sends bytes and reads the answer to its end. */
function raw(port: number, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
  let answer = ''
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text
  })
  socket.on('close', () => resolve(answer)).on('error', reject)
  return promise
}

t.test('a flag is set, read and cleared over a socket', async (t) => {
  const { desk, base } = await started(t)
  const headers = { ...bearer(desk, 'SUP-E'), 'content-type': 'application/json' }
  const set = await fetch(`${base}/api/v1/restrictions`, {
    method: 'POST',
    headers,
    body: JSON.stringify(setBody()),
  })
  t.equal(set.status, 201)
  const read = await fetch(base + set.headers.get('location'), { headers })
  t.equal(read.headers.get('etag'), '"1"')
  const clear = await fetch(`${base}${set.headers.get('location')}/clear`, {
    method: 'POST',
    headers: { ...headers, 'if-match': '"1"' },
    body: JSON.stringify({ reason: 'consumer-request', reference: 'CASE-2' }),
  })
  t.match(await clear.json(), { restriction: { state: 'cleared' } })
})

t.test('a bulk file of 2,000 rows is answered row by row while it is sent', async (t) => {
  const { desk, base } = await started(t)
  const rows = Array.from({ length: 2_000 }, (_, index) => `12000000000${index % 90},,,,,\r\n`).join('')
  const response = await fetch(`${base}/api/v1/bulk/set`, {
    method: 'POST',
    headers: { ...bearer(desk, 'SUP-E'), 'content-type': 'text/csv', accept: 'application/json' },
    body: new Blob([`mpxn,steps,date,evidence,isLastResort,isCreditMode\r\n${rows}`]).stream(),
    duplex: 'half',
  } as RequestInit)
  const { results } = (await response.json()) as { results: { line: number }[] }
  t.equal(results.length, 2_000)
  t.same(
    results.map(({ line }) => line),
    Array.from({ length: 2_000 }, (_, index) => index + 2),
    'in order',
  )
})

t.test('a body that turns out too large is refused and nothing is done', async (t) => {
  const { desk, base } = await started(t)
  const response = await fetch(`${base}/api/v1/restrictions`, {
    method: 'POST',
    headers: { ...bearer(desk, 'SUP-E'), 'content-type': 'application/json' },
    body: new Blob(['"', 'x'.repeat(2 * 1024 * 1024), '"']).stream(),
    duplex: 'half',
  } as RequestInit)
  t.equal(response.status, 413)
})

t.test('a Host header that is none is refused with a problem', async (t) => {
  const { port } = await started(t)
  for (const host of ['a b', 'x@y', 'x/y', '[::'])
    t.match(
      await raw(port, `GET /api/v1/me HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1\.1 400/,
      host,
    )
  t.match(await raw(port, 'GET /api/v1/me HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400/)
})

t.test('what never becomes a request gets a problem as well', async (t) => {
  const { port } = await started(t)
  const get = 'GET /api/v1/me HTTP/1.1\r\n'
  const wrong: readonly (readonly [bytes: string, status: number, code: string])[] = [
    ['no HTTP at all\r\n\r\n', 400, 'request-unreadable'],
    ['WHAT /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'request-unreadable'],
    [`${get}Host: x\r\nno colon\r\n\r\n`, 400, 'request-unreadable'],
    [`${get}Connection: close\r\n\r\n`, 400, 'request-unreadable'],
    ['CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'request-unreadable'],
    ['TRACE /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 401, 'unauthenticated'],
    [`${get}Host: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'head-too-large'],
    [`${get}Host: x\r\nExpect: gold\r\n\r\n`, 417, 'expectation-not-met'],
  ]
  for (const [bytes, status, code] of wrong) {
    const [head = '', body = ''] = (await raw(port, bytes)).split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), bytes.slice(0, 30))
    t.match(head.toLowerCase(), 'content-type: application/problem+json')
    t.match(JSON.parse(body), { status, code })
  }
})

t.test('paths are judged by the route they lead to, however they are written', async (t) => {
  const { desk, port } = await started(t)
  const authorization = `Authorization: Bearer ${desk.tokens['SUP-E']}\r\n`
  for (const path of [
    '/api/v1/x/../audit',
    '/api/v1/./audit',
    '/x/..//api/v1/audit',
    '/api/v1/%2e%2e/v1/audit',
    '//api/v1/audit',
    '/api\\v1\\audit',
    'http://127.0.0.1/api/v1/audit',
    '/api/v1/audit#x',
    '/%61pi/v1/audit',
  ]) {
    const answer = await raw(
      port,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${authorization}Connection: close\r\n\r\n`,
    )
    t.match(answer, /^HTTP\/1\.1 (?:400|403|404)/, path)
  }
})

t.test('a client that dawdles with its headers is cut off', async (t) => {
  const { port } = await started(t, { headersTimeoutMs: 300 })
  t.match(await raw(port, 'GET /api/v1/me HTTP/1.1\r\nHost: x\r\n'), /^HTTP\/1\.1 408[\s\S]*request-too-slow/)
})

t.test('a client that leaves ends its waiting', async (t) => {
  const { desk, base, nextRequest } = await started(t)
  const headers = { ...bearer(desk, 'SUP-E'), 'content-type': 'application/json' }
  const set = await fetch(`${base}/api/v1/restrictions`, {
    method: 'POST',
    headers,
    body: JSON.stringify(setBody()),
  })
  const arrived = nextRequest()
  const leaving = new AbortController()
  const path = `${base}${set.headers.get('location')}?wait=in-force&timeoutMs=30000`
  const waiting = fetch(path, { headers, signal: leaving.signal })
  const { signal } = await arrived
  const gone = new Promise((resolve) => signal.addEventListener('abort', resolve))
  leaving.abort()
  await t.rejects(waiting)
  await gone
  t.ok(signal.aborted)
})

t.test('a listing that breaks half-way is no whole file', async (t) => {
  const { desk, port } = await started(t)
  const { store } = desk
  const read = store.read.bind(store)
  let reads = 0
  store.read = (work) => {
    if (++reads > 1) throw new Error('the store went away')
    return read(async (view) =>
      work({
        ...view,
        audit: Object.assign(view.audit, { list: async () => ({ items: FULL_PAGE, next: '1' }) }),
      }),
    )
  }
  const answer = await raw(
    port,
    `GET /api/v1/audit.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${desk.tokens.AUD}\r\n\r\n`,
  )
  t.notMatch(answer, /0\r\n\r\n$/, 'the last chunk never comes')
  t.notMatch(answer, 'went away', 'and nothing from inside')
  t.match(desk.logged(), 'an answer was broken off')
})

const FULL_PAGE = Array.from({ length: 500 }, (_, index) => ({
  index,
  at: START,
  actor: { party: 'SUP-E', role: 'supplier', name: 'jane.doe' } as const,
  action: 'restriction.set',
  subject: 'R-1',
  detail: {},
  previous: '',
  hash: '',
}))

t.test('stopping lets an open request end and takes no new one', async (t) => {
  const { desk, base, stop, nextRequest } = await started(t)
  const headers = { ...bearer(desk, 'SUP-E'), 'content-type': 'application/json' }
  const set = await fetch(`${base}/api/v1/restrictions`, {
    method: 'POST',
    headers,
    body: JSON.stringify(setBody()),
  })
  const path = `${base}${set.headers.get('location')}?wait=in-force&timeoutMs=30000`
  const arrived = nextRequest()
  const waiting = fetch(path, { headers })
  await arrived
  const stopped = stop(10_000)
  const report = { id: 'gw', state: 'fresh', tableRevision: 'x', counts: {} }
  await desk.store.reportGateway({ ...report, sequence: await desk.store.position() }, 60_000)
  const answer = await waiting
  t.match(await answer.json(), { propagation: { state: 'in force' } })
  await stopped
  await t.rejects(fetch(`${base}/api/v1/me`, { headers }))
})

t.test('stopping cuts what does not end in time', async (t) => {
  const { desk, port, stop, nextRequest } = await started(t)
  const arrived = nextRequest()
  const headers = `Host: x\r\nAuthorization: Bearer ${desk.tokens['SUP-E']}\r\nContent-Type: application/json\r\n`
  const cut = raw(port, `POST /api/v1/restrictions HTTP/1.1\r\n${headers}Content-Length: 100\r\n\r\n{`)
  await arrived
  await stop(50)
  t.equal(await cut, '', 'closed without an answer')
})

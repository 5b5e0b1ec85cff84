import t from 'tap'
import { PROBLEMS } from '../../src/control/http/problems.ts'
import { openDesk, setBody } from './desk.ts'

t.test('an unknown parameter is named, a doubled one is refused', async (t) => {
  const desk = await openDesk(t)
  const unknown = await desk.ask('SUP-E', '/api/v1/restrictions?limt=10')
  t.equal(unknown.status, 400)
  t.same(unknown.json.invalid, [{ where: 'query.limt', text: 'There is no such name here.' }])
  t.equal((await desk.ask('SUP-E', '/api/v1/restrictions?limit=1&limit=2')).status, 400)
  for (const limit of ['0', '501', '1.5', 'x', '-1', ''])
    t.equal((await desk.ask('SUP-E', `/api/v1/restrictions?limit=${limit}`)).status, 400, limit)
})

t.test('an unknown or ill-typed field of a body is named with its place', async (t) => {
  const desk = await openDesk(t)
  const body = setBody({ frm: '2027-01-11T12:00:00Z', declaration: { steps: 'all' } })
  const { status, json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body })
  t.equal(status, 422)
  t.equal(json.code, 'body-invalid')
  const places = json.invalid.map(({ where }: { where: string }) => where)
  for (const place of ['body.frm', 'body.declaration.steps', 'body.declaration.date'])
    t.ok(places.includes(place), place)
})

t.test('what is wrong with a body is said in plain words, not in those of a library', async (t) => {
  const desk = await openDesk(t)
  const body = { mpxn: 7, declaration: { steps: 'all', isLastResort: 'yes' }, reference: 'x'.repeat(5_000) }
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body })
  const texts = json.invalid.map(({ where, text }: { where: string; text: string }) => `${where}: ${text}`)
  for (const said of [
    'body.mpxn: Must be a text.',
    'body.declaration.steps: Must be a list.',
    'body.declaration.date: Must be given.',
    'body.declaration.isLastResort: Must be true or false.',
  ])
    t.ok(texts.includes(said), said)
  const asked = await desk.ask('SUP-E', '/api/v1/tasks?state=blue&limit=900')
  t.match(asked.json.invalid, [
    { where: 'query.state', text: 'Must be one of open, done.' },
    { where: 'query.limit', text: /^Must be at most \d+\.$/ },
  ])
})

t.test('a JSON body with a key that stands twice, or nested without end, cannot be read', async (t) => {
  const desk = await openDesk(t)
  const send = async (body: string) => {
    const headers = { 'content-type': 'application/json' }
    const { status, json } = await desk.ask('SUP-E', '/api/v1/restrictions', {
      method: 'POST',
      body,
      headers,
    })
    return `${status} ${json.detail}`
  }
  const twice = JSON.stringify(setBody()).replace('"date"', '"d\\u0061te":"2020-01-01","date"')
  t.equal(await send(twice), '400 The key "declaration.date" stands twice; give it once.')
  t.equal(await send('{"mpxn":1,"mpxn":1}'), '400 The key "mpxn" stands twice; give it once.')
  t.match(await send('{"a":[{"b":1},{"b":2}],"b":":,{}[]\\""}'), /^422 /, 'each in its own object')
  for (const levels of [65, 20_000, 400_000])
    t.match(
      await send(`${'['.repeat(levels)}${']'.repeat(levels)}`),
      /^400 It is nested more than 64 levels deep/,
    )
  t.match(await send(`${'['.repeat(64)}${']'.repeat(64)}`), /^422 /)
  t.equal(await send('{"mpxn":'), '400 Send JSON text in UTF-8.')
})

t.test('times are taken with a zone only', async (t) => {
  const desk = await openDesk(t)
  for (const from of ['2027-01-11T12:00:00', '2027-01-11', 'now', 1, '2027-02-30T12:00:00Z'])
    t.equal(
      (await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody({ from }) })).status,
      422,
      String(from),
    )
  const zoned = await desk.ask('SUP-E', '/api/v1/restrictions', {
    body: setBody({ from: '2027-01-11T13:00:00+01:00' }),
  })
  t.equal(zoned.json.restriction.from, '2027-01-11T12:00:00.000Z')
})

t.test('a method that a path does not have answers 405 and what it has', async (t) => {
  const desk = await openDesk(t)
  for (const [method, path, allow] of [
    ['PUT', '/api/v1/restrictions', 'GET, HEAD, POST'],
    ['DELETE', '/api/v1/restrictions/R-1', 'GET, HEAD'],
    ['GET', '/api/v1/bulk/set', 'POST'],
    ['OPTIONS', '/api/v1/me', 'GET, HEAD'],
  ] as const) {
    const { status, headers, json } = await desk.ask('SUP-E', path, { method })
    t.equal(status, 405, `${method} ${path}`)
    t.same(headers.get('allow')?.split(', ').sort(), allow.split(', '))
    t.equal(json.code, 'method-not-allowed')
  }
})

t.test('HEAD answers as GET does, without the content', async (t) => {
  const desk = await openDesk(t)
  const authorization = { authorization: `Bearer ${desk.tokens['SUP-E']}` }
  const { app } = desk.control
  const head = await app.request('/api/v1/restrictions', { method: 'HEAD', headers: authorization })
  t.equal(head.status, 200)
  t.equal(await head.text(), '')
  t.equal((await app.request('/api/v1/restrictions', { method: 'HEAD' })).status, 401)
  t.equal((await app.request('/api/v1/audit', { method: 'HEAD', headers: authorization })).status, 403)
})

t.test('a body of another type, coding or form is refused before it is read', async (t) => {
  const desk = await openDesk(t)
  const send = (headers: Record<string, string>, body: string, path = '/api/v1/restrictions') =>
    desk.ask('SUP-E', path, { body, headers })
  t.equal((await send({ 'content-type': 'text/plain' }, '{}')).status, 415)
  t.equal((await send({ 'content-type': 'application/x-www-form-urlencoded' }, 'a=b')).status, 415)
  t.equal((await send({ 'content-type': 'application/json', 'content-encoding': 'gzip' }, '{}')).status, 415)
  t.equal((await send({ 'content-type': 'application/json' }, '{}', '/api/v1/bulk/set')).status, 415)
  t.equal((await desk.ask('SUP-E', '/api/v1/restrictions', { method: 'POST' })).status, 415, 'no body at all')
  for (const text of ['', '{', '{"mpxn":"1"} x', '\uFEFF'])
    t.equal(
      (await send({ 'content-type': 'application/json; charset=utf-8' }, text)).json.code,
      'body-unreadable',
      text,
    )
})

t.test('a body over the limit is refused, whether it says its length or not', async (t) => {
  const desk = await openDesk(t)
  const big = JSON.stringify(setBody({ reference: 'x'.repeat(1024 * 1024) }))
  const headers = { 'content-type': 'application/json' }
  t.equal(
    (
      await desk.ask('SUP-E', '/api/v1/restrictions', {
        body: big,
        headers: { ...headers, 'content-length': String(big.length) },
      })
    ).status,
    413,
  )
  const stream = new Blob([big]).stream()
  const streamed = await desk.ask('SUP-E', '/api/v1/restrictions', { body: stream, headers })
  t.equal(streamed.status, 413)
  t.equal(streamed.json.code, 'body-too-large')
})

t.test('paths that try to climb, hide or repeat lead nowhere', async (t) => {
  const desk = await openDesk(t)
  for (const path of [
    '/api/v1/../v1/audit',
    '/api/v1/%2e%2e/v1/audit',
    '/api/v1/me/..%2faudit',
    '/api/v1/me%2f..%2faudit',
    '/api/v1//audit',
    '//api/v1/audit',
    '/API/V1/audit',
    '/api/v1/audit/',
    '/api/v1/audit;x=1',
    '/api/v1/audit%00',
    '/api/v1/audit.json',
    '/%61pi/v1/audit',
  ]) {
    const { status } = await desk.ask('SUP-E', path)
    t.ok(status === 403 || status === 404, `${path} answers ${status}`)
    const response = await desk.control.app.request(new Request(`http://localhost${path}`))
    t.ok([401, 404].includes(response.status), `${path} without a token answers ${response.status}`)
  }
})

t.test('an ID in a path is only ever looked up', async (t) => {
  const desk = await openDesk(t)
  for (const id of ['%27%20OR%201=1--', '..%2f..%2fetc%2fpasswd', '%E0%A4%A', 'R-%00', 'x'.repeat(64)]) {
    const { status, json } = await desk.ask('AUD', `/api/v1/restrictions/${id}`)
    t.equal(status, 404, id)
    t.equal(json.code, 'not-found')
  }
  t.equal((await desk.ask('AUD', `/api/v1/restrictions/${'x'.repeat(65)}`)).status, 400)
})

t.test('an answer carries the headers that browsers obey and is never kept', async (t) => {
  const desk = await openDesk(t)
  for (const path of ['/api/v1/me', '/api/v1/nothing', '/nothing']) {
    const { headers } = await desk.ask('SUP-E', path)
    t.equal(headers.get('cache-control'), 'no-store', path)
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.match(headers.get('content-security-policy'), /default-src 'self'.*frame-ancestors 'none'/)
    t.notMatch(headers.get('content-security-policy'), /unsafe/)
    t.equal(headers.get('strict-transport-security'), null, 'only where there is TLS')
  }
})

t.test('what goes wrong inside is told as its kind only, and logged under the same request', async (t) => {
  const desk = await openDesk(t)
  await desk.store.close()
  const { status, json, headers, text } = await desk.ask('SUP-E', '/api/v1/restrictions')
  t.ok(status === 503 || status === 500)
  t.notMatch(text, /at .*\.ts|sqlite|stack/i)
  t.equal(json.instance, `urn:duisgate:request:${headers.get('duisgate-request')}`)
  t.match(desk.logged(), headers.get('duisgate-request') ?? 'nothing')
})

t.test('every problem has a status and a title of its own', async (t) => {
  const titles = Object.values(PROBLEMS).map(({ title }) => title)
  t.equal(new Set(titles).size, titles.length)
})

t.test(
  'characters that nobody types are refused before they reach a store, wherever they stand',
  async (t) => {
    const desk = await openDesk(t)
    const places = async (body: unknown) => (await desk.ask('SUP-E', '/api/v1/restrictions', { body })).json
    for (const [character, name] of [
      ...[
        ['\0', 'U+0000'],
        ['\u001b', 'U+001B'],
        ['\u009f', 'U+009F'],
        ['\u202e', 'U+202E'],
        ['\u2066', 'U+2066'],
      ],
      ...[
        ['\ud800', 'U+D800'],
        ['\u0378', 'U+0378'],
        ['\ue000', 'U+E000'],
        ['\u{e0080}', 'U+E0080'],
      ],
    ] as const)
      t.match(
        await places(setBody({ reference: `A${character}B` })),
        { code: 'body-invalid', invalid: [{ where: 'body.reference', text: name }] },
        name,
      )
    t.match(await places({ ...setBody(), declaration: { steps: ['x\0'] } }), {
      invalid: [{ where: 'body.declaration.steps.0' }],
    })
    t.match(await places({ ...setBody(), 'a\u202eb': 1 }), { invalid: [{ where: 'body', text: /U\+202E/ }] })
    t.equal((await places(setBody({ reference: 'A\\u0000B' }))).code, undefined, 'six other characters')
    for (const query of ['%00', '%e2%80%ae', '%ED%A0%80%1b'])
      t.match(await desk.ask('SUP-E', `/api/v1/search?q=${query}`), {
        status: 400,
        json: { code: 'parameter-invalid', invalid: [{ where: 'query' }] },
      })
    t.equal((await desk.ask('SUP-E', '/api/v1/devices/%00')).status, 404)
  },
)

/** Which header fields travel: those on the list, and none that a client could forge or that belongs to one hop. */
import t from 'tap'
import { request } from '../fixtures/message.ts'
import { startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'

const message = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })

/** Test plan H11. */
t.test('carries the listed request fields and drops the rest', async (t) => {
  const scenario = await startScenario(t, { requestFields: ['X-Trace', 'Transfer-Encoding'] })
  await scenario.sendSouth(message, {
    headers: {
      'Content-Type': 'application/xml; charset=utf-8',
      Authorization: 'Bearer abc',
      SOAPAction: '"x"',
      traceparent: '00-1',
      'X-Trace': '1',
      'User-Agent': 'adapter',
      'X-Forwarded-For': '10.0.0.1',
      'X-Forwarded-Client-Cert': 'Hash=1',
      'X-Client-Verify': 'SUCCESS',
      Forwarded: 'for=10.0.0.1',
      Cookie: 'a=b',
      'Keep-Alive': 'timeout=5',
      'Proxy-Authorization': 'Basic abc',
      TE: 'trailers',
      'Accept-Encoding': 'gzip',
    },
  })
  const [delivery] = scenario.dsp.deliveries
  t.strictSame(
    { ...delivery?.headers, host: '', connection: '' },
    {
      'content-type': 'application/xml; charset=utf-8',
      authorization: 'Bearer abc',
      soapaction: '"x"',
      traceparent: '00-1',
      'x-trace': '1',
      'user-agent': 'adapter',
      'content-length': String(Buffer.byteLength(message)),
      host: '',
      connection: '',
    },
  )
  t.equal(delivery?.headers.host, scenario.dsp.url.host)
})

t.test('an offer of h2c is answered as HTTP/1.1 and stays on its hop', async (t) => {
  const scenario = await startScenario(t, { requestFields: ['Upgrade', 'HTTP2-Settings'] })
  const headers = {
    Connection: 'Upgrade, HTTP2-Settings',
    Upgrade: 'h2c',
    'HTTP2-Settings': 'AAMAAABkAAQAAP__',
  }
  for (const body of [message, message]) {
    const answered = await scenario.sendSouth(body, { headers })
    t.equal(answered.status, 200)
    t.equal(answered.headers.upgrade, undefined)
  }
  for (const { headers: carried } of scenario.dsp.deliveries)
    t.notOk('upgrade' in carried || 'http2-settings' in carried || carried.connection === 'Upgrade')
})

t.test('a trace stands in journal and log where it is one', async (t) => {
  const scenario = await startScenario(t)
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  for (const value of [traceparent, 'no trace', `${traceparent}, ${traceparent}`]) {
    await scenario.sendSouth(message, { headers: { traceparent: value } })
    t.equal(scenario.dsp.deliveries.at(-1)?.headers.traceparent, value)
  }
  t.same(
    (await scenario.journal()).map((record) => record.traceparent),
    [traceparent, undefined, undefined],
  )
  t.equal(scenario.logged.filter((text) => text.includes(`"traceparent":"${traceparent}"`)).length, 1)
})

t.test('drops listed fields that Connection names', async (t) => {
  const scenario = await startScenario(t)
  const headers = {
    Connection: 'keep-alive, Authorization , traceparent',
    Authorization: 'Bearer abc',
    traceparent: '1',
  }
  await scenario.sendSouth(message, { headers })
  const [delivery] = scenario.dsp.deliveries
  t.equal(delivery?.headers.authorization, undefined)
  t.equal(delivery?.headers.traceparent, undefined)
  t.equal(delivery?.headers['content-type'], 'application/xml')
})

t.test('carries the listed reply fields back and drops the rest', async (t) => {
  const scenario = await startScenario(t, { replyFields: ['x-dsp'] })
  scenario.dsp.behave(
    answering(503, '', {
      'retry-after': '7',
      'x-dsp': '1',
      'set-cookie': 'a=b',
      server: 'dsp',
      'duisgate-decision': 'forged',
      'proxy-authenticate': 'Basic',
    }),
  )
  const { headers, status } = await scenario.sendSouth(message)
  t.equal(status, 503)
  t.strictSame(
    { ...headers, date: '', 'duisgate-decision': '', connection: '', 'keep-alive': '' },
    {
      'retry-after': '7',
      'x-dsp': '1',
      'content-length': '0',
      date: '',
      'duisgate-decision': '',
      connection: '',
      'keep-alive': '',
    },
  )
  t.match(headers['duisgate-decision'], /^[\w-]{22}$/)
})

/**
 * A Service User that works as the DCC's Node-RED nodes do: it posts `application/xml` to `/api/v1/serviceT|S|D`, takes the
 * synchronous reply from that, and keeps a server whose 204 acknowledges what is delivered later. Requests, replies and
 * deliveries are read by the DCC's own parser.
 */
import { readFileSync } from 'node:fs'
import { parseDuis } from '@smartdcc/duis-parser'
import t from 'tap'
import { fetch } from 'undici'
import { post, type Scenario, startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/${name}.xml`, import.meta.url))

const SERVICES = ['serviceT', 'serviceS', 'serviceD']

function sendAsNode({ gateway }: Scenario, service: string, body: Buffer) {
  return fetch(`http://127.0.0.1:${gateway.ports.southbound}/api/v1/${service}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/xml',
      'user-agent': 'got',
      accept: '*/*',
      'accept-encoding': 'gzip',
    },
    body,
  })
}

t.test('the three services answer with what the DSP says, as the parser reads it', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(200, fixture('northbound/acknowledgement')))
  for (const service of SERVICES) {
    const reply = await sendAsNode(scenario, service, fixture('southbound/read-import-registers'))
    t.equal(reply.status, 200)
    t.match(parseDuis('simplified', await reply.text()), {
      header: { type: 'response', responseCode: 'I99' },
    })
  }
  t.same(
    scenario.dsp.deliveries.map(({ target }) => target),
    SERVICES.map((service) => `/dsp/api/v1/${service}`),
  )
})

t.test(
  'a Restricted Device: the same call answers with a rejection within the time the nodes wait',
  async (t) => {
    const scenario = await startScenario(t)
    await scenario.restrict()
    const reply = await sendAsNode(scenario, 'serviceS', fixture('southbound/read-import-registers'))
    t.match(parseDuis('simplified', await reply.text()), { header: { type: 'response', responseCode: 'E5' } })
    t.equal(scenario.dsp.deliveries.length, 0)
  },
)

t.test(
  'a delivery reaches the receive server as it was sent, and its 204 goes back to the DSP',
  async (t) => {
    const scenario = await startScenario(t)
    scenario.user.behave(answering(204, ''))
    const delivered = fixture('northbound/response-import-registers')
    const { status } = await post(scenario.gateway.ports.northbound, delivered, { path: '/' })
    t.equal(status, 204)
    const [received] = scenario.user.deliveries
    t.same(received?.body, delivered)
    t.match(received?.headers, { 'content-type': 'application/xml', 'content-encoding': undefined })
    t.match(parseDuis('simplified', String(received?.body)), {
      header: { type: 'response', responseCode: 'I0' },
    })
  },
)

t.test('a delivery that the receive server finds invalid comes back as its 400', async (t) => {
  const scenario = await startScenario(t)
  scenario.user.behave(answering(400, 'validation failed', { 'content-type': 'text/plain' }))
  const { status } = await post(
    scenario.gateway.ports.northbound,
    fixture('northbound/alert-supply-restored'),
    { path: '/' },
  )
  t.equal(status, 400)
})

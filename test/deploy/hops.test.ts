/** The shipped configurations of hops in front of gateways, with real HAProxy and nginx: messages pass as they are. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { request } from '../fixtures/message.ts'
import { type FrontHopName, isInstalled, startFrontHop } from '../support/front-hops.ts'
import { post, startScenario } from '../support/start-gateway.ts'

const FOLDER = join(import.meta.dirname, '../../deploy/hops')
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const OFFER = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' }
const PATH = '/api/v1/serviceS'

/** Ports of the test in place of the shipped addresses. */
interface Addresses {
  readonly folder: string
  readonly port: number
  readonly gateway: number
  readonly control: number
}

/** What else a test process needs: no service in the background, and no folder of the machine. */
const MANNERS: Readonly<
  Record<FrontHopName, { file: string; adapt: (text: string, at: Addresses) => string }>
> = {
  haproxy: {
    file: 'haproxy.cfg',
    adapt: (text, { control }) => text.replaceAll('check port 8602', `check port ${control}`),
  },
  nginx: {
    file: 'nginx.conf',
    adapt: (text, { folder }) => {
      const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      const places = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`)
      const process = `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\n`
      return (
        process + text.replace('http {', `http {\n${places.join('\n')}`).replaceAll('/var/log/nginx', folder)
      )
    },
  },
}

for (const name of ['haproxy', 'nginx'] as const) {
  const skip = !isInstalled(name) && `${name} is not installed`
  t.test(`messages through ${name} as it is shipped`, { skip }, (t) => pass(t, name))
}

async function pass(t: Test, name: FrontHopName): Promise<void> {
  const scenario = await startScenario(t, { observation: { host: '127.0.0.1', port: 0 } })
  const { southbound, observation = 0 } = scenario.gateway.ports
  const { file, adapt } = MANNERS[name]
  const shipped = readFileSync(join(FOLDER, file), 'utf8')
  const front = await startFrontHop(t, name, southbound, (folder, port, gateway) =>
    adapt(shipped, { folder, port, gateway, control: observation })
      .replace(/(?:0\.0\.0\.0:)?8080/, `127.0.0.1:${port}`)
      .replace('10.0.0.11:8600', `127.0.0.1:${gateway}`)
      .replace(/^.*10\.0\.0\.12.*\n/m, ''),
  )
  await scenario.restrict()
  const large = request({ srv: '7.2', body: `<sr:DisableSupply/><!--${'x'.repeat(2_000_000)}-->` })
  const small = request({ srv: '7.2', body: '<sr:DisableSupply/>' })
  for (const [message, headers] of [
    [small, {}],
    [small, OFFER],
    [large, { traceparent: TRACE, 'X-Forwarded-For': '192.0.2.1' }],
  ] as const) {
    const { status, headers: answered } = await post(front.port, message, { path: PATH, headers })
    t.equal(status, 200)
    t.ok(answered['duisgate-decision'])
    const delivered = scenario.dsp.deliveries.at(-1)
    t.ok(delivered?.body.equals(Buffer.from(message)), 'byte for byte')
    t.match(delivered?.headers, 'traceparent' in headers ? { traceparent: TRACE } : {})
    for (const field of ['upgrade', 'http2-settings', 'x-forwarded-for'])
      t.notOk(field in (delivered?.headers ?? {}))
  }
  const read = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
  const { body } = await post(front.port, read, { path: PATH, headers: {} })
  t.match(body.toString(), /ResponseCode>E5</, 'a rejection comes back')
  t.equal(scenario.dsp.deliveries.length, 3)
}

t.test('the shipped configuration of Envoy is YAML that names both gateways', async (t) => {
  const text = readFileSync(join(FOLDER, 'envoy.yaml'), 'utf8')
  const { static_resources } = parse(text) as { static_resources: { clusters: readonly object[] } }
  t.match(JSON.stringify(static_resources.clusters), /10\.0\.0\.11.*10\.0\.0\.12/)
})

/** TLS by configuration: a whole gateway with every side on TLS, the control plane, and what `check` says. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import t from 'tap'
import { readConfig } from '../../src/config/read-config.ts'
import { startControl } from '../../src/control/start.ts'
import { createLog } from '../../src/observe/log.ts'
import { startService } from '../../src/run/gateway-service.ts'
import { TlsMaterial } from '../../src/tls/material.ts'
import { duisgate } from '../cli/run.ts'
import { openDesk } from '../control/desk.ts'
import { DCC, deviceResponse, ESME, responseMessage, USER } from '../fixtures/message.ts'
import { type TestScope, temporaryFolder } from '../support/start-gateway.ts'
import { Authority, type Issued } from './authority.ts'
import { reading, uniqueIdentifier } from './scene.ts'

const log = createLog({ level: 'silent' })

interface Asked {
  readonly port: number
  readonly ca: string
  readonly client?: Pick<Issued, 'cert' | 'key'>
  readonly method?: string
  readonly path?: string
  readonly body?: string
}

/** The status of an answer over TLS, or the code of the error. */
function askOverTls({
  port,
  ca,
  client,
  method = 'POST',
  path = '/',
  body = '',
}: Asked): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>()
  const headers = method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body) }
  const agent = new Agent({ keepAlive: false })
  request({ host: '127.0.0.1', port, path, method, ca, ...client, headers, agent }, (reply) => {
    reply.resume().on('end', () => resolve(reply.statusCode ?? 0))
  })
    .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    .end(body)
  return promise
}

/** A DSP or a User on https, which takes messages from the gateway's certificate only. */
async function startFarSide(t: TestScope, ca: Authority) {
  const own = ca.issue({ commonName: 'upstream' })
  const callers: string[] = []
  const options = { cert: own.cert, key: own.key, ca: ca.cert, requestCert: true, rejectUnauthorized: true }
  const server = createServer(options, (incoming, reply) => {
    callers.push((incoming.socket as TLSSocket).getPeerX509Certificate()?.subject ?? 'none')
    incoming.resume().on('end', () => reply.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { callers, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function configOf(yaml: string, folder: string) {
  const file = { name: 'duisgate.yaml', folder, text: yaml }
  return readConfig({ file, environment: {}, overrides: [], workingFolder: folder })
}

const PARTIES = `parties: [{id: SUP-A, name: Supplier A, roles: [supplier], euis: [${USER}]}]`

t.test(
  'a gateway with TLS on every side carries messages both ways, for those who may send them',
  async (t) => {
    const ca = Authority.root()
    const folder = await temporaryFolder(t)
    const own = ca.issue({ commonName: 'gateway' })
    const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
    put('own.pem', own.cert)
    put('own.key', own.key)
    put('ca.pem', ca.cert)
    put('ca.crl', ca.crl())
    const [dsp, user] = [await startFarSide(t, ca), await startFarSide(t, ca)]
    const files = 'certificate: own.pem, key: own.key, ca: ca.pem, crls: [ca.crl]'
    const result = configOf(
      `
store: store.db
journal: {folder: journal}
southbound: {listen: "127.0.0.1:0", dspUrl: "${dsp.url}", tls: {${files}}, dspTls: {${files}}}
northbound: {listen: "127.0.0.1:0", users: {${USER}: "${user.url}/receive"}, tls: {${files}}, usersTls: {${files}}}
control: {listen: "127.0.0.1:0", tls: {certificate: own.pem, key: own.key}}
signing: {certificate: own.pem, key: own.key}
${PARTIES}
`,
      folder,
    )
    if (!result.ok) throw new Error(JSON.stringify(result.problems))
    const service = await startService({ config: result.config, log })
    t.teardown(() => service.stop())
    const { southbound, northbound, observation = 0 } = service.gateway.ports
    const asUser = ca.issue({ subject: uniqueIdentifier(USER) })
    const asDsp = ca.issue({ subject: uniqueIdentifier(DCC) })
    const south = { port: southbound, ca: ca.cert, path: '/api/v1/serviceS', body: reading }
    const north = { port: northbound, ca: ca.cert, body: deviceResponse(ESME, responseMessage('7.4')) }

    t.equal(await askOverTls({ ...south, client: asUser }), 200)
    t.same(dsp.callers, ['CN=gateway'])
    t.equal(typeof (await askOverTls({ ...south, client: asDsp })), 'string')
    t.equal(await askOverTls({ ...north, client: asDsp }), 200)
    t.same(user.callers, ['CN=gateway'])
    t.equal(typeof (await askOverTls({ ...north, client: asUser })), 'string')
    t.equal(await askOverTls({ port: observation, ca: ca.cert, method: 'GET', path: '/healthz' }), 200)

    put('ca.crl', ca.crl({ revoked: [asUser.serial] }))
    await service.reload()
    t.equal(typeof (await askOverTls({ ...south, client: asUser })), 'string')
    t.equal(dsp.callers.length, 1)
  },
)

t.test(
  'the control plane asks for a client certificate where CAs are configured, and its token stays',
  async (t) => {
    const ca = Authority.root()
    const folder = await temporaryFolder(t)
    const own = ca.issue()
    const files = { certificate: join(folder, 'own.pem'), key: join(folder, 'own.key') }
    writeFileSync(files.certificate, own.cert)
    writeFileSync(files.key, own.key)
    writeFileSync(join(folder, 'ca.pem'), ca.cert)
    const ask = { ca: ca.cert, method: 'GET', path: '/api/v1/me' }
    const desk = await openDesk(t)
    for (const isMutual of [false, true]) {
      const material = await TlsMaterial.open({
        side: 'controlPlane.tls',
        files: isMutual ? { ...files, ca: join(folder, 'ca.pem') } : files,
        log,
      })
      const listen = { host: '127.0.0.1', port: 0 }
      const running = await startControl({ control: desk.control, listen, tls: { material, log } })
      t.equal(await askOverTls({ ...ask, port: running.port, client: own }), 401)
      const bare = await askOverTls({ ...ask, port: running.port })
      t.equal(isMutual ? typeof bare : bare, isMutual ? 'string' : 401)
      const renewed = ca.issue()
      writeFileSync(files.certificate, renewed.cert)
      writeFileSync(files.key, renewed.key)
      await material.refresh()
      t.equal(await askOverTls({ ...ask, port: running.port, client: renewed }), 401)
      await running.stop(0)
      material.close()
    }
  },
)

t.test('settings that do not fit together are told', async (t) => {
  const folder = await temporaryFolder(t)
  const tls = 'certificate: a, key: b, ca: c'
  const cases: Readonly<Record<string, RegExp>> = {
    'southbound: {dspUrl: "https://dsp"}': /https:\/\/dsp is https; give southbound\.dspTls\.ca/,
    'northbound: {fallback: "https://users"}': /give northbound\.usersTls\.ca/,
    'southbound: {dspTls: {ca: c, certificate: a}}': /only one of certificate and key; give key too/,
    'southbound: {tls: {certificate: a, key: b}}':
      /southbound\.tls\.ca is not given; give the path of a file/,
    [`southbound: {tls: {${tls}}}`]: /lets nobody in: no party has euis/,
    [`southbound: {tls: {${tls}, nameBy: fingerprint}}\n${PARTIES}`]: /no party has certificates and euis/,
    [`northbound: {tls: {${tls}, nameBy: fingerprint}}`]: /give northbound\.tls\.callers the fingerprints/,
    [`northbound: {tls: {${tls}, nameBy: whim}}`]:
      /give fingerprint, uniqueIdentifier, serialNumber, commonName/,
    'control: {tls: {certificate: a, key: b, crls: [d]}}': /control\.tls has crls and no ca/,
    [`parties: [{id: A, name: A, roles: [supplier], euis: [${USER}]}, {id: B, name: B, roles: [supplier], certificates: [${USER}]}]`]:
      /the party B has the certificate .* of A; a certificate belongs to one party/,
  }
  for (const [yaml, problem] of Object.entries(cases)) {
    const result = configOf(yaml, folder)
    t.match(result.ok ? '' : result.problems.map(({ text }) => text).join(), problem, yaml)
  }
})

t.test('check reads the files, and notes who is let in unseen', async (t) => {
  const folder = await temporaryFolder(t)
  const ca = Authority.root()
  const own = ca.issue()
  writeFileSync(join(folder, 'own.pem'), own.cert)
  writeFileSync(join(folder, 'own.key'), ca.issue().key)
  writeFileSync(
    join(folder, 'duisgate.yaml'),
    `
southbound: {tls: {certificate: own.pem, key: own.key, ca: none.pem}}
northbound: {listen: "0.0.0.0:8601"}
${PARTIES}
`,
  )
  const { code, stdout } = await duisgate(['check', '--config', 'duisgate.yaml'], { folder })
  t.equal(code, 2)
  t.match(stdout, /tls: southbound\.tls: .*own\.key is not the key of the certificate/)
  t.match(stdout, /tls: southbound\.tls: .*none\.pem cannot be read/)
  t.match(stdout, /note: northbound\.listen is not on loopback and speaks plain HTTP; give northbound\.tls/)
  t.match(stdout, /note: southbound\.tls has no crls: a certificate that is revoked is still let in/)
  t.match(await duisgate(['serve', '--config', 'duisgate.yaml'], { folder }), {
    code: 2,
    stderr: /southbound\.tls: .*is not the key of the certificate/,
  })
})

/** Who gets through the southbound listener with mutual TLS, and for whom: rows T4, T5 and T7 of the test plan. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { request, USER } from '../fixtures/message.ts'
import { Authority, asSec1, rsaKeys } from './authority.ts'
import { ask, connectTls, reading, reasons, refusal, startTlsScene, uniqueIdentifier } from './scene.ts'

const HOUR_MS = 3_600_000
const OTHER_USER = '90-B3-D5-1F-30-02-00-00'

t.test('a User with its certificate is served, by TLS 1.3 and 1.2', async (t) => {
  const scene = await startTlsScene(t)
  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    const socket = await scene.connect(scene.user(), {
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['http/1.1'],
    })
    t.equal(socket.getProtocol(), version)
    t.equal(socket.alpnProtocol, 'http/1.1')
    t.equal(await ask(socket), 200)
    t.equal(await ask(socket), 200)
  }
  t.equal(scene.scenario.dsp.deliveries.length, 4)
  t.same(reasons(scene), {})
})

t.test('T4: every kind of bad certificate is refused with a reason of its own', async (t) => {
  const root = Authority.root()
  const weakRoot = Authority.root('Weak root', rsaKeys(2_048))
  const scene = await startTlsScene(t, { ca: root, cas: root.cert + weakRoot.cert })
  const stranger = Authority.root('Stranger')
  const namesake = Authority.root('Root')
  const issuing = root.intermediate('Issuing')
  const subject = uniqueIdentifier(USER)
  const short = rsaKeys(1_024)
  const selfSent = stranger.issue({ subject })
  const cases = {
    TLS_CA_UNKNOWN: { ...selfSent, cert: selfSent.cert + stranger.cert },
    TLS_ISSUER_MISSING: issuing.issue({ subject }),
    TLS_CERT_EXPIRED: root.issue({ subject, fromMs: -2 * HOUR_MS, untilMs: -HOUR_MS }),
    TLS_CERT_NOT_YET_VALID: root.issue({ subject, fromMs: HOUR_MS }),
    TLS_CERT_PURPOSE: root.issue({ subject, purposes: ['server'] }),
    TLS_CERT_WEAK_KEY: root.issue({ subject, keys: short }),
    TLS_CERT_WEAK_SIGNATURE: weakRoot.issue({ subject, hash: 'sha1', keys: rsaKeys(2_048) }),
    TLS_CALLER_UNKNOWN: root.issue({ subject: uniqueIdentifier(OTHER_USER) }),
  }
  const lenient = 'DEFAULT:@SECLEVEL=0'
  for (const [reason, client] of Object.entries(cases)) {
    t.equal(await refusal(scene.connect(client, { ciphers: lenient })), 'refused', reason)
    t.equal(reasons(scene)[reason], 1, reason)
  }
  t.equal(await refusal(scene.connect(namesake.issue({ subject }))), 'refused', 'a CA of the same name')
  t.equal(await refusal(connectTls(t, scene.scenario.gateway.ports.southbound, { ca: root.cert })), 'refused')
  t.equal(reasons(scene).TLS_NO_CERTIFICATE, 1)
  t.equal(scene.scenario.dsp.begun, 0)
  t.equal(scene.scenario.logged.filter((line) => line.includes('"TLS_CERT_EXPIRED"')).length, 1)
})

t.test(
  'a chain is taken when its intermediate is configured, whether or not the client sends it',
  async (t) => {
    const root = Authority.root()
    const issuing = root.intermediate('Issuing')
    const scene = await startTlsScene(t, { ca: root, cas: issuing.cert + root.cert })
    const client = issuing.issue({ subject: uniqueIdentifier(USER) })
    t.equal(await ask(await scene.connect(client)), 200)
    t.equal(await ask(await scene.connect({ ...client, cert: client.cert + issuing.cert })), 200)
  },
)

t.test(
  'a chain over an intermediate that is only sent is not taken: it could not be looked at again',
  async (t) => {
    const root = Authority.root()
    const issuing = root.intermediate('Issuing')
    const scene = await startTlsScene(t, { ca: root })
    const client = issuing.issue({ subject: uniqueIdentifier(USER) })
    t.equal(await refusal(scene.connect({ ...client, cert: client.cert + issuing.cert })), 'refused')
    t.same(reasons(scene), { TLS_ISSUER_MISSING: 1 })
  },
)

t.test('a CA renewed with its key counts as long as one of its certificates lasts', async (t) => {
  const renewed = Authority.root()
  const cas = renewed.formerCert() + renewed.cert
  const scene = await startTlsScene(t, { ca: renewed, cas, crl: renewed.crl() })
  t.equal(await ask(await scene.connect()), 200)
})

t.test('an older form of key file is taken', async (t) => {
  const scene = await startTlsScene(t)
  const next = scene.ca.issue({ commonName: 'gateway' })
  await scene.put('gateway.pem', next.cert)
  await scene.put('gateway.key', asSec1(next.key))
  await scene.material.refresh()
  const { serialNumber = '' } = (await scene.connect()).getPeerX509Certificate() ?? {}
  t.equal(BigInt(`0x${serialNumber}`), next.serial)
})

t.test('T5: a certificate sends in the name of its own party only', async (t) => {
  const scene = await startTlsScene(t)
  const foreign = request({
    srv: '4.1.1',
    body: '<sr:ReadInstantaneousImportRegisters/>',
    originator: OTHER_USER,
  })
  const nameless = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>', requestId: '' })
  const large = foreign.replace('</sr:Body>', `<!--${'x'.repeat(400_000)}--></sr:Body>`)
  for (const message of [foreign, nameless, large]) {
    const socket = await scene.connect()
    t.not(await ask(socket, message), 200)
  }
  const socket = await scene.connect()
  t.equal(await ask(socket, foreign), 403)
  t.equal(await ask(socket, reading), 200, 'the connection goes on with messages of its own')
  t.equal(scene.scenario.dsp.begun, 1)
  t.match(scene.scenario.logged.join(), /a certificate does not stand for the originator/)
  const journal = await scene.scenario.journal()
  t.equal(journal.filter(({ fault }) => fault === 'GW_ORIGINATOR').length, 3)
})

t.test('H11: header fields that name another party lend nobody its name', async (t) => {
  const scene = await startTlsScene(t)
  const other = request({
    srv: '4.1.1',
    body: '<sr:ReadInstantaneousImportRegisters/>',
    originator: OTHER_USER,
  })
  const forged = [
    'X-Forwarded-Client-Cert: Subject="CN=x"',
    `X-Client-Dn: ${OTHER_USER}`,
    'X-Ssl-Client-Verify: SUCCESS',
  ]
  for (const field of forged) t.equal(await ask(await scene.connect(), other, `${field}\r\n`), 403, field)
  t.equal(scene.scenario.dsp.begun, 0)
  t.equal(await ask(await scene.connect(), reading, `X-Client-Dn: ${OTHER_USER}\r\n`), 200)
  const [delivery] = scene.scenario.dsp.deliveries
  t.notOk(Object.keys(delivery?.headers ?? {}).some((name) => name.startsWith('x-')))
})

t.test('T7: nothing but TLS 1.2 with ECDHE and AES-GCM, and TLS 1.3', async (t) => {
  const scene = await startTlsScene(t)
  const client = scene.user()
  const old = { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const
  const only12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const
  const refused = {
    'TLS 1.0': { ...old, maxVersion: 'TLSv1' },
    'TLS 1.1': { ...old, maxVersion: 'TLSv1.1' },
    'CBC with SHA-1': { ...only12, ciphers: 'ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0' },
    'CBC with SHA-256': { ...only12, ciphers: 'ECDHE-ECDSA-AES128-SHA256' },
    'RSA key exchange': { ...only12, ciphers: 'AES128-GCM-SHA256' },
    CCM: { ...only12, ciphers: 'ECDHE-ECDSA-AES128-CCM' },
    ChaCha20: { ...only12, ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' },
    anonymous: { ...only12, ciphers: 'AECDH-AES128-SHA:@SECLEVEL=0' },
    'HTTP/2 only': { ALPNProtocols: ['h2'] },
  } as const
  for (const [name, options] of Object.entries(refused))
    t.equal(await refusal(scene.connect(client, options)), 'refused', name)
  for (const ciphers of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'])
    t.equal(await ask(await scene.connect(client, { ...only12, ciphers })), 200, ciphers)
  t.equal(scene.scenario.dsp.begun, 2)
  t.equal(reasons(scene).TLS_PROTOCOL, Object.keys(refused).length)
})

t.test('T7: the order of ciphers is the listener’s, and a renegotiation is refused', async (t) => {
  const scene = await startTlsScene(t)
  const socket = await scene.connect(scene.user(), {
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
  })
  t.equal(socket.getCipher().name, 'ECDHE-ECDSA-AES256-GCM-SHA384')
  t.equal(await ask(socket), 200)
  const refused = once(socket, 'error')
  socket.renegotiate({}, () => {})
  t.match(await refused, [{ code: 'ERR_SSL_NO_RENEGOTIATION' }])
})

t.test('plain HTTP on a TLS listener gets no answer', async (t) => {
  const scene = await startTlsScene(t)
  await t.rejects(scene.scenario.sendSouth(reading))
  t.equal(scene.scenario.dsp.begun, 0)
})

t.test('a gateway ends although a client never goes on with its handshake', async (t) => {
  const scene = await startTlsScene(t, { changes: { limits: { handshakeMs: 3_600_000 } } })
  const idle = connect(scene.scenario.gateway.ports.southbound, '127.0.0.1')
  idle.on('error', () => {})
  await once(idle, 'connect')
  await scene.scenario.gateway.drain()
  t.pass('it ended')
  idle.destroy()
})

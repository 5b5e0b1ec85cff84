/** Revocation lists that are not as they should be: row T2 of the test plan. */
import { once } from 'node:events'
import fc from 'fast-check'
import t from 'tap'
import { readCrls } from '../../src/tls/crl.ts'
import { DerFault } from '../../src/tls/der.ts'
import { TlsFilesRefused } from '../../src/tls/material.ts'
import { pemBlocks } from '../../src/tls/pem.ts'
import { TlsFileFault } from '../../src/tls/reasons.ts'
import { USER } from '../fixtures/message.ts'
import type { TestScope } from '../support/start-gateway.ts'
import { Authority, rsaKeys } from './authority.ts'
import { ask, reasons, refusal, startTlsScene, uniqueIdentifier } from './scene.ts'

const HOUR_MS = 3_600_000

t.test('a list that has ended, or has not begun, lets nobody in, and says so', async (t) => {
  const ca = Authority.root()
  const cases = {
    TLS_CRL_EXPIRED: ca.crl({ fromMs: -2 * HOUR_MS, untilMs: -1_000 }),
    TLS_CRL_NOT_YET_VALID: ca.crl({ fromMs: HOUR_MS }),
  }
  for (const [reason, crl] of Object.entries(cases)) {
    const scene = await startTlsScene(t, { ca, crl })
    t.equal(await refusal(scene.connect()), 'refused')
    t.same(reasons(scene), { [reason]: 1 })
    t.match(scene.scenario.logged.join(), `"code":"${reason}"`)
  }
})

t.test('a CA without a list lets nobody in', async (t) => {
  const root = Authority.root()
  const issuing = root.intermediate('Issuing')
  const scene = await startTlsScene(t, { ca: root, cas: root.cert + issuing.cert, crl: root.crl() })
  t.equal(await ask(await scene.connect()), 200, 'a client of the CA with a list')
  t.equal(await refusal(scene.connect(issuing.issue({ subject: uniqueIdentifier(USER) }))), 'refused')
  t.same(reasons(scene), { TLS_CRL_MISSING: 1 })
  t.match(scene.logged.join(), '"code":"TLS_CRL_MISSING","ca":"CN=Issuing"')
})

t.test('a gateway does not start with a list that it cannot use', async (t) => {
  const ca = Authority.root()
  const cases = {
    TLS_CRL_UNREADABLE: 'no list at all',
    TLS_CRL_WRONG_ISSUER: Authority.root('Stranger').crl(),
  }
  for (const [code, crl] of Object.entries(cases)) t.equal(await startFault(t, ca, crl), code)
  t.equal(await startFault(t, ca, Authority.root().crl()), 'TLS_CRL_WRONG_ISSUER', 'a CA of the same name')
  const keys = rsaKeys(2048)
  const sameKey = Authority.root('Other', keys).crl()
  t.equal(
    await startFault(t, Authority.root('Root', keys), sameKey),
    'TLS_CRL_WRONG_ISSUER',
    'one of its key',
  )
  t.equal(await startFault(t, ca, ca.crl({ hasCriticalExtension: true })), 'TLS_CRL_UNREADABLE', 'a delta')
})

async function startFault(t: TestScope, ca: Authority, crl: string): Promise<string | undefined> {
  const refused = await startTlsScene(t, { ca, crl }).catch((error) => error)
  const [fault] = refused instanceof TlsFilesRefused ? refused.faults : []
  return fault instanceof TlsFileFault ? fault.code : undefined
}

t.test(
  'an older list, garbage, a list cut short or of another issuer: what was read last stays in force',
  async (t) => {
    const ca = Authority.root()
    const revoked = ca.issue({ subject: uniqueIdentifier(USER) })
    const scene = await startTlsScene(t, { ca, crl: ca.crl({ revoked: [revoked.serial] }) })
    const kept = await scene.connect()
    const good = ca.crl()
    const cases = [
      ca.crl({ fromMs: -120_000 }),
      '',
      'garbage',
      good.slice(0, good.length / 2),
      good.slice(0, -3),
      Authority.root('Stranger').crl(),
    ]
    for (const text of cases) {
      await scene.put('ca.crl', text)
      await scene.material.refresh()
      t.equal(scene.material.faults.length, 1)
      t.equal(await ask(kept), 200)
      t.equal(await ask(await scene.connect()), 200)
      t.equal(await refusal(scene.connect(revoked)), 'refused')
    }
    t.match(scene.logged.join(), '"code":"TLS_CRL_UNREADABLE"')
    t.match(scene.logged.join(), '"code":"TLS_CRL_WRONG_ISSUER"')
    t.match(scene.logged.join(), '"code":"TLS_CRL_OLDER"')
    const { text } = await scene.scenario.gateway.metrics.exposition()
    t.match(text, /^duisgate_tls_files_ok\{side="southbound.tls"\} 0$/m)
    await scene.put('ca.crl', good)
    await scene.material.refresh()
    t.same(scene.material.faults, [])
    t.equal(await ask(await scene.connect(revoked)), 200, 'the list now in force revokes nobody')
  },
)

t.test('one list that is bad does not keep another from being taken', async (t) => {
  const root = Authority.root()
  const issuing = root.intermediate('Issuing')
  const client = issuing.issue({ subject: uniqueIdentifier(USER) })
  const scene = await startTlsScene(t, {
    ca: root,
    cas: root.cert + issuing.cert,
    crl: root.crl(),
    issuingCrl: issuing.crl(),
  })
  const kept = await scene.connect(client)
  t.equal(await ask(kept), 200)
  await scene.put('ca.crl', 'garbage')
  await scene.put('issuing.crl', issuing.crl({ revoked: [client.serial] }))
  await scene.put('gateway.key', 'garbage')
  await scene.material.refresh()
  t.equal(scene.material.faults.length, 2)
  t.equal(await ask(kept), 'cut')
})

t.test('a list that ends while a client is connected ends the connection', async (t) => {
  const ca = Authority.root()
  const scene = await startTlsScene(t, { ca, crl: ca.crl({ fromMs: -HOUR_MS }) })
  const kept = await scene.connect()
  t.equal(await ask(kept), 200)
  const closed = once(kept, 'close')
  await scene.put('ca.crl', ca.crl({ untilMs: 4_000 }))
  await scene.material.refresh()
  await closed
  t.match(reasons(scene), { TLS_CRL_EXPIRED: 1 })
  t.equal(await refusal(scene.connect()), 'refused')
})

t.test('the successor of a list may lie ready beside it', async (t) => {
  const ca = Authority.root()
  const scene = await startTlsScene(t, {
    ca,
    crl: ca.crl() + ca.crl({ fromMs: HOUR_MS, untilMs: 72 * HOUR_MS }),
  })
  t.equal(await ask(await scene.connect()), 200)
})

t.test('an alarm is raised two days before a list ends, and the metric says when', async (t) => {
  const ca = Authority.root()
  const cases = [
    { untilMs: 47 * HOUR_MS, fromMs: -100 * HOUR_MS, isAlarmed: true },
    { untilMs: 49 * HOUR_MS, fromMs: -100 * HOUR_MS, isAlarmed: false },
    { untilMs: 13 * HOUR_MS, fromMs: -11 * HOUR_MS, isAlarmed: false },
    { untilMs: 11 * HOUR_MS, fromMs: -13 * HOUR_MS, isAlarmed: true },
  ]
  for (const { untilMs, fromMs, isAlarmed } of cases) {
    const scene = await startTlsScene(t, { ca, crl: ca.crl({ fromMs, untilMs }) })
    t.equal(scene.logged.join().includes('a CRL ends soon'), isAlarmed, `${untilMs / HOUR_MS} hours`)
    const { text } = await scene.scenario.gateway.metrics.exposition()
    const [, seconds] = /^duisgate_crl_next_update_seconds\{side="southbound.tls"\} (\S+)$/m.exec(text) ?? []
    t.ok(Math.abs(Number(seconds) - untilMs / 1_000) < 60)
  }
})

t.test(
  'a list with a byte changed anywhere is refused or has another signature, and never does harm',
  async (t) => {
    const ca = Authority.root()
    const [block] = pemBlocks(ca.crl({ revoked: [1n, 2n, 0x80n] })) ?? []
    const der = block?.bytes ?? Buffer.alloc(0)
    t.same([...(readCrls(der)[0]?.revoked ?? [])], ['1', '2', '80'])
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(der)
        changed[at] = (changed[at] ?? 0) ^ change
        void isRead(changed)
      }),
      { numRuns: 2_000 },
    )
    for (let end = 0; end < der.length; end++) t.notOk(isRead(der.subarray(0, end)))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void isRead(Buffer.of(0x30, ...bytes))),
    )
  },
)

t.test('a file with anything beside its lists is refused as a whole', (t) => {
  const ca = Authority.root()
  const neither = { message: /^neither a CRL nor PEM blocks of CRLs/ }
  t.equal(readCrls(Buffer.from(ca.crl() + ca.crl())).length, 2)
  for (const file of [ca.crl() + ca.cert, ca.cert + ca.crl(), ca.cert, ''])
    t.throws(() => readCrls(Buffer.from(file)), neither)
  t.end()
})

t.test('a list whose length is not definite is refused', (t) => {
  const indefinite = Buffer.concat([Buffer.of(0x30, 0x80), Buffer.alloc(0x80)])
  t.throws(() => readCrls(indefinite), { message: 'a length that is not definite, or beyond reason' })
  t.end()
})

/** Whether it is a list; anything but a refusal by name is a fault of the reader. */
function isRead(bytes: Buffer): boolean {
  try {
    return readCrls(bytes).length > 0
  } catch (error) {
    if (error instanceof DerFault) return false
    throw error
  }
}

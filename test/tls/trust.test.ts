/**
 * Whom `Trust` trusts, asked by itself: in a handshake OpenSSL has said so first, and a fault here would show only on
 * connections that stand.
 */
import { X509Certificate } from 'node:crypto'
import { Socket } from 'node:net'
import t from 'tap'
import { type Crl, isIssuedBy, readCrls } from '../../src/tls/crl.ts'
import { LivePeers } from '../../src/tls/live-peers.ts'
import { Trust } from '../../src/tls/trust.ts'
import { Authority, type Issued, rsaKeys } from './authority.ts'

const HOUR_MS = 3_600_000
const NOW = Date.now()

const read = ({ cert }: Pick<Issued, 'cert'>) => new X509Certificate(cert)
const crlOf = (authority: Authority, ...wish: Parameters<Authority['crl']>): Crl => {
  const [crl] = readCrls(Buffer.from(authority.crl(...wish)))
  if (!crl) throw new Error('no list')
  return crl
}
const trustIn = (cas: readonly Authority[], crls?: readonly Crl[]) => new Trust(cas.map(read), crls)

t.test('a certificate is good from its first instant to its last', async (t) => {
  const ca = Authority.root()
  const leaf = read(ca.issue({ fromMs: HOUR_MS, untilMs: 2 * HOUR_MS }))
  const [from, until] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()]
  const trust = trustIn([ca])
  t.same(
    [from - 1, from, until, until + 1].map((at) => trust.objectionTo(leaf, at)),
    ['TLS_CERT_NOT_YET_VALID', undefined, undefined, 'TLS_CERT_EXPIRED'],
  )
})

t.test('a certificate ends with that of a CA above it', async (t) => {
  const root = Authority.root()
  const issuing = root.intermediate('Issuing')
  const leaf = read(issuing.issue({ untilMs: 90 * 24 * HOUR_MS }))
  const until = read(issuing).validToDate.getTime()
  const trust = trustIn([root, issuing])
  t.same(
    [until, until + 1].map((at) => trust.objectionTo(leaf, at)),
    [undefined, 'TLS_CERT_EXPIRED'],
  )
})

t.test('a certificate that runs out while its connection stands is cut', async (t) => {
  const ca = Authority.root()
  const [ending, lasting] = [ca.issue({ untilMs: HOUR_MS }), ca.issue()].map(read)
  if (!ending || !lasting) throw new Error('no certificates')
  const told: unknown[] = []
  const peers = new LivePeers(
    { trust: trustIn([ca]) },
    { note: (reason, certificate) => void told.push([reason, certificate?.serialNumber]) },
  )
  const [cut, kept] = [new Socket(), new Socket()]
  t.teardown(() => kept.destroy())
  peers.add(cut, ending)
  peers.add(kept, lasting)
  const until = ending.validToDate.getTime()
  peers.cutUntrusted(until)
  t.same([cut.destroyed, kept.destroyed, told], [false, false, []])
  peers.cutUntrusted(until + 1)
  t.same([cut.destroyed, kept.destroyed], [true, false])
  t.same(told, [['TLS_CERT_EXPIRED', ending.serialNumber]])
})

t.test('of two CAs with one name, the one whose key signed has issued the certificate', async (t) => {
  const [one, other] = [Authority.root('Twin'), Authority.root('Twin')]
  const revoked = one.issue()
  const lists = [crlOf(one, { revoked: [revoked.serial] }), crlOf(other)]
  for (const cas of [
    [one, other],
    [other, one],
  ]) {
    const trust = trustIn(cas, lists)
    t.equal(trust.objectionTo(read(revoked), NOW), 'TLS_CERT_REVOKED')
    t.equal(trust.objectionTo(read(one.issue()), NOW), undefined)
    t.equal(trust.objectionTo(read(other.issue()), NOW), undefined)
  }
})

t.test('a certificate forged under the name of a known CA is not trusted', async (t) => {
  const trust = trustIn([Authority.root('Root')])
  t.equal(trust.objectionTo(read(Authority.root('Root').issue()), NOW), 'TLS_ISSUER_MISSING')
})

t.test('a certificate of a known key under another name is not trusted', async (t) => {
  const keys = rsaKeys(2048)
  const trust = trustIn([Authority.root('Root', keys)])
  t.equal(trust.objectionTo(read(Authority.root('Other', keys).issue()), NOW), 'TLS_ISSUER_MISSING')
})

t.test('a path leads over configured CAs alone, up to one that signed itself', async (t) => {
  const root = Authority.root()
  const issuing = root.intermediate('Issuing')
  const leaf = read(issuing.issue())
  t.equal(trustIn([root, issuing]).objectionTo(leaf, NOW), undefined)
  t.equal(trustIn([root]).objectionTo(leaf, NOW), 'TLS_ISSUER_MISSING', 'what was only sent is not at hand')
  t.equal(trustIn([issuing]).objectionTo(leaf, NOW), 'TLS_ISSUER_MISSING', 'nor is a root')
  t.equal(trustIn([]).objectionTo(leaf, NOW), 'TLS_ISSUER_MISSING')
  t.equal(trustIn([]).objectionTo(read(root), NOW), 'TLS_ISSUER_MISSING', 'a root that is nobody’s')
})

t.test('a path of eight CAs is followed, and one of nine is not', async (t) => {
  const cas = [Authority.root()]
  for (let depth = 1; depth < 9; depth++) cas.push((cas.at(-1) as Authority).intermediate(`CA ${depth}`))
  const trust = trustIn(cas)
  t.equal(trust.objectionTo(read((cas.at(-2) as Authority).issue()), NOW), undefined)
  t.equal(trust.objectionTo(read((cas.at(-1) as Authority).issue()), NOW), 'TLS_CA_UNKNOWN')
})

t.test('a CA renewed with its key counts as long as one of its certificates lasts', async (t) => {
  const ca = Authority.root()
  const former = new X509Certificate(ca.formerCert())
  const leaf = read(ca.issue())
  for (const cas of [
    [former, read(ca)],
    [read(ca), former],
  ])
    t.equal(new Trust(cas, undefined).objectionTo(leaf, NOW), undefined)
  t.equal(new Trust([former], undefined).objectionTo(leaf, NOW), 'TLS_CERT_EXPIRED')
})

t.test('with lists, every CA of a path needs one, and what any of them revokes is revoked', async (t) => {
  const root = Authority.root()
  const issuing = root.intermediate('Issuing')
  const leaf = issuing.issue()
  const objection = (...crls: Crl[]) => trustIn([root, issuing], crls).objectionTo(read(leaf), NOW)
  const [rootList, issuingList] = [crlOf(root), crlOf(issuing)]
  t.equal(objection(rootList, issuingList), undefined)
  t.equal(objection(rootList), 'TLS_CRL_MISSING')
  t.equal(objection(issuingList), 'TLS_CRL_MISSING')
  t.equal(objection(), 'TLS_CRL_MISSING')
  t.equal(objection(rootList, crlOf(issuing, { revoked: [leaf.serial] })), 'TLS_CERT_REVOKED')
  t.equal(objection(crlOf(root, { revoked: [issuing.serial] }), issuingList), 'TLS_CERT_REVOKED')
  t.equal(
    objection(crlOf(root, { revoked: [leaf.serial] }), issuingList),
    undefined,
    'a number of another CA',
  )
  t.equal(trustIn([root, issuing]).objectionTo(read(leaf), NOW), undefined, 'without lists nobody asks')
})

t.test('a list counts from its first instant to its last, and what it revokes stays revoked', async (t) => {
  const ca = Authority.root()
  const [good, revoked] = [ca.issue(), ca.issue()]
  const list = crlOf(ca, { fromMs: HOUR_MS, untilMs: 2 * HOUR_MS, revoked: [revoked.serial] })
  const { thisUpdateMs, nextUpdateMs } = list
  const times = [thisUpdateMs - 1, thisUpdateMs, nextUpdateMs, nextUpdateMs + 1]
  const trust = trustIn([ca], [list])
  t.same(
    times.map((at) => trust.objectionTo(read(good), at)),
    ['TLS_CRL_NOT_YET_VALID', undefined, undefined, 'TLS_CRL_EXPIRED'],
  )
  t.same(
    times.map((at) => trust.objectionTo(read(revoked), at)),
    Array(4).fill('TLS_CERT_REVOKED'),
  )
  const beside = trustIn([ca], [list, crlOf(ca)])
  t.equal(beside.objectionTo(read(good), NOW), undefined, 'a successor may lie ready')
})

t.test('a list may be signed with SHA-256, 384 or 512, and with nothing weaker', async (t) => {
  for (const ca of [Authority.root('Root'), Authority.root('Root', rsaKeys(2048))])
    for (const [hash, isTaken] of Object.entries({ sha256: true, sha384: true, sha512: true, sha1: false }))
      t.equal(isIssuedBy(crlOf(ca, { hash }), read(ca)), isTaken, hash)
})

t.test('a list is that of the CA whose name it has and whose key signed it', async (t) => {
  const keys = rsaKeys(2048)
  const ca = Authority.root('Root', keys)
  t.ok(isIssuedBy(crlOf(ca), read(ca)))
  t.notOk(isIssuedBy(crlOf(Authority.root('Other', keys)), read(ca)), 'the key under another name')
  t.notOk(isIssuedBy(crlOf(Authority.root('Root', rsaKeys(2048))), read(ca)), 'the name with another key')
  t.notOk(isIssuedBy(crlOf(Authority.root('Root')), read(ca)), 'the name with another kind of key')
  const whole = crlOf(ca)
  const signed = { ...whole.signed, bytes: Buffer.concat([whole.signed.bytes, Buffer.of(0)]) }
  t.notOk(isIssuedBy({ ...whole, signed }, read(ca)), 'not what was signed')
  t.notOk(isIssuedBy({ ...whole, signed: { ...whole.signed, algorithm: '1.2.3' } }, read(ca)))
})

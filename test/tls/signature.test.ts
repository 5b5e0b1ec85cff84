/** Responses that the gateway signs: verified by xml-crypto, by the DCC's own tool, and against the official XSD. */
import { spawnSync } from 'node:child_process'
import { createPrivateKey, createVerify, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { validateDuis } from '@smartdcc/duis-sign-wrap'
import t from 'tap'
import { SignedXml } from 'xml-crypto'
import { instantOf } from '../../src/core/device/device.ts'
import { responseDocument } from '../../src/core/duis/response-document.ts'
import { createLog } from '../../src/observe/log.ts'
import { distinguishedName, partsOf } from '../../src/tls/certificate.ts'
import { TlsMaterial } from '../../src/tls/material.ts'
import { ResponseSigner } from '../../src/tls/response-signer.ts'
import { deviceResponse, ESME, responseMessage } from '../fixtures/message.ts'
import { officialSchemaCheck, withoutOfficialXsd } from '../support/official-xsd.ts'
import { startScenario, type TestScope, temporaryFolder } from '../support/start-gateway.ts'
import { readZipEntry } from '../support/zip.ts'
import { Authority, rsaKeys } from './authority.ts'
import { reading } from './scene.ts'

const JAR = join(import.meta.dirname, '../../node_modules/@smartdcc/duis-sign-wrap/dist/tool.jar')
const DSP_PAIR = 'dsp-xml-sign-90B3D51F30000002-ds'
const withoutTool = !existsSync(JAR) && 'the tool of @smartdcc/duis-sign-wrap is not installed'
const withoutJava = spawnSync('java', ['-version']).status !== 0 && 'java is not installed'

const log = createLog({ level: 'silent' })

const content = {
  schemaVersion: '5.1',
  requestId: '90-B3-D5-1F-30-01-00-00:00-0D-5C-AA-16-9A-00-E1:1000',
  serviceReference: '4.1',
  serviceReferenceVariant: '4.1.1',
  responseCode: 'E5',
  at: instantOf(Date.UTC(2026, 0, 5, 10)),
}

interface Pair {
  readonly cert: string
  readonly key: string
}

async function startSigning(t: TestScope, pair: Pair) {
  const folder = await temporaryFolder(t)
  const put = async ({ cert, key }: Pair) => {
    await writeFile(join(folder, 'signing.pem'), cert)
    await writeFile(join(folder, 'signing.key'), key)
  }
  await put(pair)
  const files = { certificate: join(folder, 'signing.pem'), key: join(folder, 'signing.key') }
  const material = await TlsMaterial.open({ side: 'signing', files, log })
  t.teardown(() => material.close())
  return { material, put, signer: new ResponseSigner(material, log) }
}

class EcdsaSha256 {
  getSignature = () => ''
  getAlgorithmName = () => 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'
  verifySignature = (material: string, key: string, value: string) =>
    createVerify('sha256').update(material).verify({ key, dsaEncoding: 'ieee-p1363' }, value, 'base64')
}

/** What xml-crypto found signed, canonicalised by itself; undefined when the signature does not verify. */
function signedPart(document: string, cert: string): string | undefined {
  const signed = new SignedXml({ publicCert: cert, getCertFromKeyInfo: () => null })
  Object.assign(signed.SignatureAlgorithms, {
    'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256': EcdsaSha256,
  })
  signed.loadSignature(/<ds:Signature .*<\/ds:Signature>/s.exec(document)?.[0] ?? '')
  try {
    return signed.checkSignature(document) ? signed.getSignedReferences()[0] : undefined
  } catch {
    return undefined
  }
}

/** The DSP's pair of the DCC's test environment, as the tool holds it. */
function dspPair(): Pair {
  const jar = readFileSync(JAR)
  const key = createPrivateKey({ key: readZipEntry(jar, `${DSP_PAIR}.key`), format: 'der', type: 'pkcs8' })
  return {
    cert: readZipEntry(jar, `${DSP_PAIR}.pem`).toString(),
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

t.test('a signed Response is the same Response, and its signature covers all of it', async (t) => {
  const pair = Authority.root().issue()
  const { signer } = await startSigning(t, pair)
  for (const requestId of [content.requestId, undefined, `<&>"'\r\n é`]) {
    const document = responseDocument({ ...content, requestId })
    const signed = signer.sign(document)
    t.equal(signed.replace(/<ds:Signature .*<\/ds:Signature>/s, ''), document)
    t.equal(signedPart(signed, pair.cert), document.slice(document.indexOf('<sr:Response')))
  }
})

t.test('a signature does not verify once anything it covers has changed', async (t) => {
  const pair = Authority.root().issue()
  const { signer } = await startSigning(t, pair)
  const signed = signer.sign(responseDocument(content))
  t.ok(signedPart(signed, pair.cert))
  t.notOk(signedPart(signed.replace('>E5<', '>I0<'), pair.cert))
  t.notOk(signedPart(signed.replace('4.1.1', '4.1.2'), pair.cert))
  t.notOk(signedPart(signed, Authority.root().issue().cert))
})

t.test(
  'the certificate is named by its issuer and serial number, as text has them',
  { skip: withoutTool },
  async (t) => {
    const { signer } = await startSigning(t, dspPair())
    const signed = signer.sign(responseDocument(content))
    t.match(signed, '<ds:X509IssuerName>CN=Z1,OU=07</ds:X509IssuerName>')
    t.match(
      signed,
      `<ds:X509SerialNumber>${BigInt('0x7DAC7283AAD29BDD23C9EFBFDDB52A41')}</ds:X509SerialNumber>`,
    )
  },
)

t.test('what would end or begin a part of a name is escaped', async (t) => {
  const odd = new X509Certificate(Authority.root('#A,+"B\\<C>; ').cert)
  t.equal(distinguishedName(partsOf(odd).issuer), 'CN=\\#A\\,\\+\\"B\\\\\\<C\\>\\;\\ ')
})

t.test('a signed Response is valid by the official XSD', { skip: withoutOfficialXsd }, async (t) => {
  const check = officialSchemaCheck()
  if (!check) throw new Error('there is no official XSD')
  const { signer } = await startSigning(t, Authority.root().issue())
  t.equal(check.validate(Buffer.from(signer.sign(responseDocument(content)))), undefined)
  check.dispose()
})

t.test('the DCC’s own tool takes the signature', { skip: withoutTool || withoutJava }, async (t) => {
  const { signer } = await startSigning(t, dspPair())
  const signed = signer.sign(responseDocument(content))
  t.match(await validateDuis({ xml: signed }), '<sr:ResponseCode>E5</sr:ResponseCode>')
  await t.rejects(validateDuis({ xml: signed.replace('>E5<', '>E1<') }), /validation failed/)
})

t.test('the gateway signs rejections and substitutes, and goes on signing with a renewed key', async (t) => {
  const ca = Authority.root()
  const [first, second] = [ca.issue(), ca.issue()]
  const { material, put } = await startSigning(t, first)
  const scenario = await startScenario(t, { tls: { signing: material } })
  await scenario.restrict()
  const rejected = await scenario.sendSouth(reading)
  t.equal(rejected.status, 200)
  t.match(signedPart(rejected.body.toString(), first.cert), '<sr:ResponseCode>E5</sr:ResponseCode>')

  await put(second)
  await material.refresh()
  t.ok(signedPart((await scenario.sendSouth(reading)).body.toString(), second.cert))
  await put(ca.issue({ keys: rsaKeys(2_048) }))
  await material.refresh()
  t.ok(signedPart((await scenario.sendSouth(reading)).body.toString(), second.cert), 'an RSA key cannot sign')

  const data = '<sr:GBCSPayload>3wkCAAAAAAAAA+gIANsSNFZ4kKAIkLPVHzABAAAAAgAnAQA=</sr:GBCSPayload>'
  t.equal((await scenario.sendNorth(deviceResponse(ESME, responseMessage('4.1.1', data)))).status, 204)
  t.ok(signedPart(scenario.user.deliveries[0]?.body.toString() ?? '', second.cert))
})

t.test('a key that is not of the curve P-256 does not start', async (t) => {
  await t.rejects(startSigning(t, Authority.root().issue({ keys: rsaKeys(2_048) })), /curve P-256/)
})

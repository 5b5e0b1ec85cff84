/** Whose certificate it is, by the name that it has. */
import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { callingParties, namedCallers } from '../../src/gateway/callers.ts'
import { canonicalName, distinguishedName, nameOf, partsOf } from '../../src/tls/certificate.ts'
import { DCC, USER } from '../fixtures/message.ts'
import { deviceKey } from '../support/plans.ts'
import { Authority } from './authority.ts'

const SERIAL_NUMBER = '2.5.4.5'
const UNIQUE_IDENTIFIER = '2.5.4.45'
const BITS = Buffer.from(USER.replaceAll('-', ''), 'hex')

const ca = Authority.root()

function certificate(subject: Readonly<Record<string, string | Buffer>>, commonName = 'client') {
  return new X509Certificate(ca.issue({ subject, commonName }).cert)
}

t.test('a certificate has the name of the attribute that is asked for, in one spelling', async (t) => {
  t.equal(nameOf(certificate({ [UNIQUE_IDENTIFIER]: BITS }), 'uniqueIdentifier'), USER)
  t.equal(nameOf(certificate({ [SERIAL_NUMBER]: USER.toLowerCase() }), 'serialNumber'), USER)
  t.equal(nameOf(certificate({ [SERIAL_NUMBER]: USER.replaceAll('-', '') }), 'serialNumber'), USER)
  t.equal(nameOf(certificate({}, 'dsp.example'), 'commonName'), 'dsp.example')
  t.equal(nameOf(certificate({}), 'uniqueIdentifier'), undefined)
  const one = certificate({})
  t.equal(nameOf(one, 'fingerprint'), one.fingerprint256.replaceAll(':', ''))
  t.equal(canonicalName(one.fingerprint256.toLowerCase()), nameOf(one, 'fingerprint'))
})

t.test('types that RFC 4514 names stand by their names, others by their identifiers', async (t) => {
  const named = {
    ...{ '2.5.4.6': 'GB', '2.5.4.7': 'Leeds', '2.5.4.8': 'Yorkshire', '2.5.4.9': 'Row 1', '2.5.4.10': 'DCC' },
    ...{ '2.5.4.11': 'DSP', '0.9.2342.19200300.100.1.25': 'example', '0.9.2342.19200300.100.1.1': 'u' },
  }
  const parts = distinguishedName(partsOf(certificate({ ...named, [SERIAL_NUMBER]: '7' })).subject).split(',')
  for (const part of [
    'C=GB',
    'L=Leeds',
    'ST=Yorkshire',
    'STREET=Row 1',
    'O=DCC',
    'OU=DSP',
    'DC=example',
    'UID=u',
  ])
    t.ok(parts.includes(part), part)
  t.ok(parts.includes('CN=client'))
  t.match(
    parts.find((part) => part.startsWith(SERIAL_NUMBER)),
    /^2\.5\.4\.5=#[0-9a-f]+$/,
  )
})

t.test('an attribute that is there twice names nobody', async (t) => {
  t.equal(nameOf(certificate({ '2.5.4.03': 'other' }, 'client'), 'commonName'), undefined)
})

t.test('a name in another attribute than the one that counts names nobody', async (t) => {
  const callerOf = callingParties(
    [{ id: 'A', euis: [deviceKey(USER)], certificates: [] }],
    'uniqueIdentifier',
  )
  t.match(callerOf(certificate({ [UNIQUE_IDENTIFIER]: BITS })), { party: 'A' })
  t.equal(callerOf(certificate({ [SERIAL_NUMBER]: USER }, USER)), 'TLS_NAME_MISSING')
})

t.test('a party that names its certificates is known by those alone', async (t) => {
  const pinned = certificate({ [UNIQUE_IDENTIFIER]: BITS })
  const other = certificate({ [UNIQUE_IDENTIFIER]: BITS })
  const party = { id: 'A', euis: [deviceKey(USER)], certificates: [pinned.fingerprint256] }
  const callerOf = callingParties([party], 'fingerprint')
  t.same(callerOf(pinned), { party: 'A', euis: new Set([deviceKey(USER)]) })
  t.equal(callerOf(other), 'TLS_CALLER_UNKNOWN')
  t.equal(callingParties([party], 'uniqueIdentifier')(pinned), 'TLS_CALLER_UNKNOWN')
})

t.test('the DSP sends in nobody’s name', async (t) => {
  const callerOf = namedCallers([DCC], 'serialNumber')
  t.match(callerOf(certificate({ [SERIAL_NUMBER]: DCC })), { euis: new Set() })
  t.equal(callerOf(certificate({ [SERIAL_NUMBER]: USER })), 'TLS_CALLER_UNKNOWN')
})

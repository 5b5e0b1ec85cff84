/**
 * A certification authority for tests: certificates and revocation lists, good ones and each kind of bad one, made in
 * memory by node:crypto.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { pemText } from '../../src/tls/pem.ts'
import {
  bits,
  element,
  explicit,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8,
  yes,
} from './der-writer.ts'

const DAY_MS = 86_400_000

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** A certificate with its key, in PEM; `chain` has the intermediates behind the certificate. */
export interface Issued {
  readonly serial: bigint
  readonly cert: string
  readonly key: string
  readonly keys: KeyPair
}

export interface CertificateWish {
  readonly commonName?: string
  /** Attributes of the subject beside the common name, by object identifier: text, or bits. */
  readonly subject?: Readonly<Record<string, string | Buffer>>
  readonly keys?: KeyPair
  readonly hash?: 'sha256' | 'sha1'
  /** Milliseconds from now. */
  readonly fromMs?: number
  readonly untilMs?: number
  /** Extended key usages; both of TLS when absent. */
  readonly purposes?: readonly ('server' | 'client' | 'email')[]
  readonly isCa?: boolean
  /** A host name; `localhost` and 127.0.0.1 when absent. */
  readonly host?: string
}

export interface CrlWish {
  readonly revoked?: readonly bigint[]
  /** Milliseconds from now. */
  readonly fromMs?: number
  readonly untilMs?: number
  readonly hasCriticalExtension?: boolean
  readonly hash?: string
}

const PURPOSES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2', email: '1.3.6.1.5.5.7.3.4' }

function ecKeys(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

export function rsaKeys(modulusLength: number): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength })
}

let lastSerial = 0x80_00_00_00_00n

export class Authority {
  readonly name: string
  readonly cert: string
  readonly serial: bigint
  readonly #keys: KeyPair
  readonly #subject: Buffer

  private constructor(name: string, keys: KeyPair, issuer?: Authority) {
    this.name = name
    this.#keys = keys
    this.#subject = nameWith(name, {})
    const wish = { commonName: name, keys, isCa: true, untilMs: 30 * DAY_MS }
    const { cert, serial } = (issuer ?? this).issue(wish)
    this.cert = cert
    this.serial = serial
  }

  static root(name = 'Root', keys = ecKeys()): Authority {
    return new Authority(name, keys)
  }

  /** A CA below this one. */
  intermediate(name: string): Authority {
    return new Authority(name, ecKeys(), this)
  }

  /** The certificate of a root as it was before it was renewed with the same key: expired. */
  formerCert(): string {
    const wish = {
      commonName: this.name,
      keys: this.#keys,
      isCa: true,
      fromMs: -2 * DAY_MS,
      untilMs: -DAY_MS,
    }
    return this.issue(wish).cert
  }

  issue(wish: CertificateWish = {}): Issued {
    return this.#certificate(lastSerial++, wish)
  }

  /** A list in PEM. */
  crl({
    revoked = [],
    fromMs = -60_000,
    untilMs = 7 * DAY_MS,
    hasCriticalExtension = false,
    hash = 'sha256',
  }: CrlWish = {}): string {
    const entries = revoked.map((serial) => sequence(integer(serial), time(Date.now() - 1_000)))
    const number = sequence(oid('2.5.29.20'), octets(integer(1)))
    const delta = sequence(oid('2.5.29.27'), yes, octets(integer(1)))
    const tbs = sequence(
      integer(1),
      algorithmOf(this.#keys, hash),
      this.#subject,
      time(Date.now() + fromMs),
      time(Date.now() + untilMs),
      ...(entries.length > 0 ? [sequence(...entries)] : []),
      explicit(0, sequence(...(hasCriticalExtension ? [number, delta] : [number]))),
    )
    return pemText('X509 CRL', this.#signed(tbs, hash))
  }

  #certificate(serial: bigint, wish: CertificateWish): Issued {
    const { commonName = 'client', subject = {}, keys = ecKeys(), hash = 'sha256' } = wish
    const { fromMs = -60_000, untilMs = DAY_MS } = wish
    const tbs = sequence(
      explicit(0, integer(2)),
      integer(serial),
      algorithmOf(this.#keys, hash),
      this.#subject,
      sequence(time(Date.now() + fromMs), time(Date.now() + untilMs)),
      nameWith(commonName, subject),
      keys.publicKey.export({ format: 'der', type: 'spki' }),
      explicit(3, sequence(...extensionsOf(wish))),
    )
    const key = keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    return { serial, cert: pemText('CERTIFICATE', this.#signed(tbs, hash)), key, keys }
  }

  #signed(tbs: Buffer, hash: string): Buffer {
    return sequence(tbs, algorithmOf(this.#keys, hash), bits(sign(hash, tbs, this.#keys.privateKey)))
  }
}

function extensionsOf({ isCa = false, host, purposes = ['server', 'client'] }: CertificateWish): Buffer[] {
  const localhost = element(0x82, Buffer.from('localhost'))
  const loopback = element(0x87, Buffer.of(127, 0, 0, 1))
  if (isCa) {
    return [
      sequence(oid('2.5.29.19'), yes, octets(sequence(yes))),
      sequence(oid('2.5.29.15'), yes, octets(bits(Buffer.of(0b00000110), 1))),
    ]
  }
  return [
    sequence(
      oid('2.5.29.17'),
      octets(host === undefined ? sequence(localhost, loopback) : sequence(element(0x82, Buffer.from(host)))),
    ),
    sequence(oid('2.5.29.37'), octets(sequence(...purposes.map((purpose) => oid(PURPOSES[purpose]))))),
  ]
}

function nameWith(commonName: string, attributes: Readonly<Record<string, string | Buffer>>): Buffer {
  const all = { '2.5.4.3': commonName, ...attributes }
  return sequence(
    ...Object.entries(all).map(([type, value]) =>
      set(sequence(oid(type), typeof value === 'string' ? utf8(value) : bits(value))),
    ),
  )
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  'ec sha256': '1.2.840.10045.4.3.2',
  'ec sha384': '1.2.840.10045.4.3.3',
  'ec sha512': '1.2.840.10045.4.3.4',
  'ec sha1': '1.2.840.10045.4.1',
  'rsa sha256': '1.2.840.113549.1.1.11',
  'rsa sha384': '1.2.840.113549.1.1.12',
  'rsa sha512': '1.2.840.113549.1.1.13',
  'rsa sha1': '1.2.840.113549.1.1.5',
}

function algorithmOf({ privateKey }: KeyPair, hash: string): Buffer {
  const kind = privateKey.asymmetricKeyType
  const identifier = oid(ALGORITHMS[`${kind} ${hash}`] ?? '')
  return kind === 'rsa' ? sequence(identifier, nothing) : sequence(identifier)
}

/** The key in the older form of its own kind, with its own PEM label. */
export function asSec1(key: string): string {
  return createPrivateKey(key).export({ format: 'pem', type: 'sec1' }).toString()
}

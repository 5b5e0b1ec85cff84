/**
 * The certificate, key, CAs and revocation lists of one side, kept in step with their files.
 *
 * Cast: `KeptFiles` holds what each file last said that was good; `TlsMaterial` puts it together, looks at the files every
 * half second and when it is told to, and tells its watchers. Promised: what is handed out is whole and fits together; a
 * bad file changes nothing of what the others say.
 */

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { HOUR_MS } from '../core/device/durations.ts'
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import { systemScheduler } from '../observe/scheduler.ts'
import { type Crl, isIssuedBy, readCrls } from './crl.ts'
import { KeptFiles } from './kept-files.ts'
import { type PemBlock, pemBlocks } from './pem.ts'
import { TlsFileFault } from './reasons.ts'
import { Trust } from './trust.ts'

/** Paths; a certificate comes with its key. */
export interface TlsFiles {
  /** PEM: the own certificate, and the intermediates behind it. */
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  /** PEM: every CA, root and issuing, that certificates of the other side come from. */
  readonly ca?: string | undefined
  /** Revocation lists in PEM or DER; without any, revocation is not looked at. */
  readonly crls?: readonly string[] | undefined
}

/** The part that Node's TLS takes. */
export interface ContextOptions {
  readonly cert?: string
  readonly key?: string
  readonly ca?: string[]
  readonly crl?: string[]
}

/** Told after every look at the files, whether or not something in force has changed. */
export type TlsWatcher = (isChanged: boolean) => void

/** One or more files that the program cannot start without. */
export class TlsFilesRefused extends Error {
  readonly faults: readonly Error[]

  constructor(side: string, faults: readonly Error[]) {
    super(faults.map(({ message }) => `${side}: ${message}`).join('; '))
    this.faults = faults
  }
}

interface Identity {
  readonly cert: string
  readonly key: string
  readonly notAfterMs: number
}

export interface TlsMaterialOptions {
  /** The setting that names the files, for the log: `southbound.tls`. */
  readonly side: string
  readonly files: TlsFiles
  readonly log: Logger
}

/** Half of the second within which a change is in force. */
const LOOK_MS = 500
/** An alarm is raised this long before a list ends; lists that live shorter raise it at half their life. */
const CRL_ALARM_MS = 48 * HOUR_MS

export class TlsMaterial {
  readonly side: string
  readonly #log: Logger
  readonly #identity: KeptFiles<Identity> | undefined
  readonly #cas: KeptFiles<readonly PemCertificate[]> | undefined
  readonly #crls: readonly KeptFiles<readonly Crl[]>[]
  readonly #watchers = new Set<TlsWatcher>()
  #trust: Trust | undefined
  #looking: Promise<void> = Promise.resolve()
  /** A change that not every watcher has taken: they are told again. */
  #isUntold = false
  readonly #repeated: Repeated
  #alarmedAtMs = Number.NEGATIVE_INFINITY

  private constructor({ side, files, log }: TlsMaterialOptions) {
    const { certificate, key, ca, crls = [] } = files
    this.side = side
    this.#repeated = new Repeated({
      work: () => this.refresh(),
      everyMs: LOOK_MS,
      scheduler: systemScheduler,
    })
    this.#log = log
    if (certificate !== undefined && key !== undefined) {
      const paths = [certificate, key] as const
      this.#identity = new KeptFiles({ paths, parse: (read) => parseIdentity(paths, read) })
    }
    if (ca !== undefined)
      this.#cas = new KeptFiles({ paths: [ca], parse: ([file]) => parseCertificates(ca, file) })
    this.#crls = crls.map((path) => this.#crlFile(path))
  }

  /** Reads all files; throws TlsFilesRefused when one is not good. A list that is out of date is good, and trusts nobody. */
  static async open(options: TlsMaterialOptions): Promise<TlsMaterial> {
    const material = new TlsMaterial(options)
    await material.#look(true)
    const { faults } = material
    if (faults.length > 0) throw new TlsFilesRefused(options.side, faults)
    return material
  }

  /** Looks at the files every half second from now on. */
  start(): this {
    this.#repeated.startLater()
    return this
  }

  close(): void {
    void this.#repeated.stop()
    this.#watchers.clear()
  }

  /** Looks at the files now. Settles when what they say is in force. */
  refresh(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#look(false))
      .catch((err) => this.#log.error({ side: this.side, err }, 'TLS files could not be put in force'))
    return this.#looking
  }

  watch(watcher: TlsWatcher): void {
    this.#watchers.add(watcher)
  }

  /** What is wrong with files as they are now; what they said before stays in force. */
  get faults(): readonly Error[] {
    return this.#all.flatMap(({ fault }) => (fault ? [fault] : []))
  }

  get contextOptions(): ContextOptions {
    const { cert, key } = this.#identity?.content ?? {}
    const cas = this.#cas?.content
    return {
      ...(cert !== undefined && key !== undefined && { cert, key }),
      ...(cas && { ca: cas.map(({ pem }) => pem) }),
      ...(this.#crls.length > 0 && { crl: this.#lists.map(({ pem }) => pem) }),
    }
  }

  /** Whom the files trust; undefined without CAs. */
  get trust(): Trust | undefined {
    return this.#trust
  }

  /** Milliseconds since 1970; undefined without a certificate of its own. */
  get certificateEndMs(): number | undefined {
    return this.#identity?.content?.notAfterMs
  }

  /** When the first CA is left without a list in force, in milliseconds since 1970; undefined without lists. */
  get crlEndMs(): number | undefined {
    return this.#firstToEnd()?.nextUpdateMs
  }

  get #all(): readonly KeptFiles<unknown>[] {
    return [this.#identity, this.#cas, ...this.#crls].filter((file) => file !== undefined)
  }

  get #lists(): readonly Crl[] {
    return this.#crls.flatMap(({ content }) => content ?? [])
  }

  #crlFile(path: string): KeptFiles<readonly Crl[]> {
    const kept: KeptFiles<readonly Crl[]> = new KeptFiles({
      paths: [path],
      parse: ([file]) => {
        const crls = parseCrls(path, file, this.#cas?.content ?? [])
        if (kept.content?.some((before) => isTakenBack(before, crls)))
          throw new TlsFileFault('TLS_CRL_OLDER', path)
        return crls
      },
    })
    return kept
  }

  async #look(isFirst: boolean): Promise<void> {
    const identityMoved = (await this.#identity?.refresh(false)) ?? false
    const casMoved = (await this.#cas?.refresh(false)) ?? false
    const crlsMoved = await Promise.all(this.#crls.map((file) => file.refresh(casMoved)))
    const trustMoved = casMoved || crlsMoved.includes(true)
    if (trustMoved || isFirst) this.#trust = this.#newTrust()
    const isChanged = identityMoved || trustMoved
    if (isChanged && !isFirst) this.#tell()
    if (trustMoved) this.#alarmOfMissingCrls()
    this.#alarmOfCrls(Date.now())
    this.#isUntold ||= isChanged
    for (const watcher of this.#watchers) watcher(this.#isUntold)
    this.#isUntold = false
  }

  #newTrust(): Trust | undefined {
    const cas = this.#cas?.content
    const lists = this.#crls.length > 0 ? this.#lists : undefined
    return (
      cas &&
      new Trust(
        cas.map(({ certificate }) => certificate),
        lists,
      )
    )
  }

  #tell(): void {
    const { side, faults } = this
    if (faults.length === 0) this.#log.info({ side }, 'TLS files were read again')
    for (const fault of faults) {
      const code = fault instanceof TlsFileFault ? fault.code : undefined
      this.#log.error(
        { side, code, err: fault },
        'a TLS file is not taken; what it said before stays in force',
      )
    }
  }

  /** Of the lists that end last for their CA, the one that ends first. */
  #firstToEnd(): Crl | undefined {
    const lastOf = new Map<string, Crl>()
    for (const crl of this.#lists) {
      const issuer = crl.issuer.toString('hex')
      if (crl.nextUpdateMs > (lastOf.get(issuer)?.nextUpdateMs ?? 0)) lastOf.set(issuer, crl)
    }
    return [...lastOf.values()].sort((a, b) => a.nextUpdateMs - b.nextUpdateMs)[0]
  }

  #alarmOfMissingCrls(): void {
    if (this.#crls.length === 0) return
    const bare = this.#cas?.content?.filter(
      ({ certificate }) => !this.#lists.some((crl) => isIssuedBy(crl, certificate)),
    )
    for (const { certificate } of bare ?? []) {
      const facts = { side: this.side, code: 'TLS_CRL_MISSING', ca: certificate.subject }
      this.#log.error(facts, 'a CA has no revocation list: nobody of it is let in')
    }
  }

  /** Once an hour, from two days before the first list ends. */
  #alarmOfCrls(nowMs: number): void {
    const first = this.#firstToEnd()
    if (!first || nowMs < this.#alarmedAtMs + HOUR_MS) return
    const { thisUpdateMs, nextUpdateMs } = first
    const ahead = Math.min(CRL_ALARM_MS, (nextUpdateMs - thisUpdateMs) / 2)
    if (nowMs < nextUpdateMs - ahead) return
    this.#alarmedAtMs = nowMs
    const facts = { side: this.side, nextUpdate: new Date(nextUpdateMs).toISOString() }
    if (nowMs > nextUpdateMs)
      this.#log.error({ ...facts, code: 'TLS_CRL_EXPIRED' }, 'a CRL has ended: its CA is not trusted')
    else this.#log.warn(facts, 'a CRL ends soon: put its successor in place, or nobody of its CA is let in')
  }
}

interface PemCertificate {
  readonly certificate: X509Certificate
  readonly pem: string
}

function parseIdentity(
  [certificatePath, keyPath]: readonly [string, string],
  [certificateFile, keyFile]: readonly Buffer[],
): Identity {
  const [leaf, ...rest] = parseCertificates(certificatePath, certificateFile)
  const key = parseKey(keyPath, keyFile)
  if (!leaf?.certificate.checkPrivateKey(createPrivateKey(key)))
    throw new TlsFileFault('TLS_KEY_MISMATCH', keyPath)
  const cert = [leaf, ...rest].map(({ pem }) => pem).join('')
  proven('TLS_CERT_UNREADABLE', certificatePath, () => createSecureContext({ cert, key }))
  return { cert, key, notAfterMs: leaf.certificate.validToDate.getTime() }
}

function parseKey(path: string, file: Buffer | undefined): string {
  const [block, ...others] = blocksOf(file).filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (!block || others.length > 0) throw new TlsFileFault('TLS_KEY_UNREADABLE', path)
  proven('TLS_KEY_UNREADABLE', path, () => createPrivateKey(block.text))
  return block.text
}

function parseCertificates(path: string, file: Buffer | undefined): readonly PemCertificate[] {
  const blocks = blocksOf(file).filter(({ label }) => label === 'CERTIFICATE')
  if (blocks.length === 0) throw new TlsFileFault('TLS_CERT_UNREADABLE', path)
  return blocks.map(({ bytes, text }) => ({
    certificate: proven('TLS_CERT_UNREADABLE', path, () => new X509Certificate(bytes)),
    pem: text,
  }))
}

function parseCrls(path: string, file: Buffer | undefined, cas: readonly PemCertificate[]): readonly Crl[] {
  const crls = proven('TLS_CRL_UNREADABLE', path, () => readCrls(file ?? Buffer.alloc(0)))
  const isOurs = (crl: Crl) => cas.some(({ certificate }) => isIssuedBy(crl, certificate))
  if (!crls.every(isOurs)) throw new TlsFileFault('TLS_CRL_WRONG_ISSUER', path)
  proven('TLS_CRL_UNREADABLE', path, () => createSecureContext({ crl: crls.map(({ pem }) => pem) }))
  return crls
}

/** Whether the only lists of its issuer are older than it is. */
function isTakenBack({ issuer, thisUpdateMs }: Crl, crls: readonly Crl[]): boolean {
  const ofIssuer = crls.filter((crl) => crl.issuer.equals(issuer))
  return ofIssuer.length > 0 && ofIssuer.every((crl) => crl.thisUpdateMs < thisUpdateMs)
}

function blocksOf(file: Buffer | undefined): readonly PemBlock[] {
  return pemBlocks(file?.toString('latin1') ?? '') ?? []
}

/** What `make` makes; a throw of it becomes the fault. */
function proven<Made>(code: TlsFileFault['code'], path: string, make: () => Made): Made {
  try {
    return make()
  } catch (cause) {
    throw new TlsFileFault(code, path, cause)
  }
}

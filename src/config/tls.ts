/**
 * TLS in the configuration: the files of each side, whom a certificate stands for, and what two settings can have wrong with
 * each other. A side without its `tls` speaks plain HTTP.
 */
import { z } from 'zod'
import { NAME_SOURCES } from '../tls/certificate.ts'
import { setting } from './kinds.ts'

const path = (description: string, example: string) =>
  setting(z.string().min(1), { description, accepts: 'the path of a file', example, isPath: true })

const crls = setting(z.array(z.string().min(1)).default([]), {
  description: 'Revocation lists, one for every CA, in PEM or DER; without any, revocation is not looked at.',
  accepts: 'a list of paths of files',
  example: 'tls/root.crl,tls/issuing.crl',
  isPath: true,
})

const ownCertificate = path('PEM: the certificate, and the intermediates behind it.', 'tls/gateway.pem')
const ownKey = path('PEM: the key of the certificate, without a passphrase.', 'tls/gateway.key')
const CAS = 'PEM: every CA, root and issuing, that certificates of the other side come from.'

const own = { certificate: ownCertificate, key: ownKey }

const nameBy = (description: string) =>
  setting(z.enum(NAME_SOURCES).default('uniqueIdentifier'), {
    description,
    accepts: NAME_SOURCES.join(', '),
    example: 'uniqueIdentifier',
  })

/** Where Service Users connect: each must show a certificate of its party. */
export const southboundTlsSchema = z
  .strictObject({
    ...own,
    ca: path(CAS, 'tls/users-ca.pem'),
    crls,
    nameBy: nameBy(
      'What of a certificate names its party: the SHA-256 fingerprint, or an attribute of the subject. Found among `certificates` of the parties, or else among their EUI-64s.',
    ),
  })
  .optional()

/** Where the DSP connects: it must show a certificate that is named. */
export const northboundTlsSchema = z
  .strictObject({
    ...own,
    ca: path(CAS, 'tls/dsp-ca.pem'),
    crls,
    nameBy: nameBy('What of a certificate names its owner, as for `southbound.tls`.'),
    callers: setting(z.array(z.string().min(1)).default([]), {
      description:
        'Names of the certificates that may connect: those of the DSP. Absent: the EUI-64s of the DCC.',
      accepts: 'a list of names, as `nameBy` reads them',
      example: '90-B3-D5-1F-30-00-00-02',
    }),
  })
  .optional()

/** Pages and health: a client certificate is required where CAs are configured. */
export const serverTlsSchema = z
  .strictObject({
    ...own,
    ca: path(`${CAS} Absent: no client certificate is asked for.`, 'tls/operators-ca.pem').optional(),
    crls,
  })
  .optional()

/** Towards an upstream: its certificate is checked, and ours shown where it asks for one. */
export const clientTlsSchema = z
  .strictObject({
    ca: path(CAS, 'tls/dsp-ca.pem'),
    certificate: ownCertificate.optional(),
    key: ownKey.optional(),
    crls,
  })
  .optional()

/** What signs the Responses of the gateway. */
export const signingSchema = z
  .strictObject({
    certificate: path('PEM: the certificate that is named in signatures.', 'tls/signing.pem'),
    key: path('PEM: its key, of the curve P-256, without a passphrase.', 'tls/signing.key'),
  })
  .optional()

/** The settings that TLS connects. */
interface Connected {
  readonly southbound: {
    readonly dspUrl: URL
    readonly tls?: z.output<typeof southboundTlsSchema>
    readonly dspTls?: z.output<typeof clientTlsSchema>
  }
  readonly northbound: {
    readonly users: ReadonlyMap<unknown, URL>
    readonly fallback?: URL | undefined
    readonly tls?: z.output<typeof northboundTlsSchema>
    readonly usersTls?: z.output<typeof clientTlsSchema>
  }
  readonly notices: { readonly tls?: z.output<typeof clientTlsSchema> }
  readonly control: { readonly tls?: z.output<typeof serverTlsSchema> }
  readonly controlPlane: { readonly tls?: z.output<typeof serverTlsSchema> }
  readonly parties: readonly { readonly euis: readonly unknown[]; readonly certificates: readonly string[] }[]
}

interface TlsProblem {
  readonly path: readonly string[]
  readonly text: string
}

/** What single settings cannot show. */
export function tlsProblems(config: Connected): readonly TlsProblem[] {
  return [...farSideProblems(config), ...callerProblems(config), ...serverProblems(config)]
}

function farSideProblems({ southbound, northbound, notices }: Connected): TlsProblem[] {
  const toUsers = [...northbound.users.values(), ...(northbound.fallback ? [northbound.fallback] : [])]
  return [
    ...clientProblems(['southbound', 'dspTls'], southbound.dspTls, [southbound.dspUrl]),
    ...clientProblems(['northbound', 'usersTls'], northbound.usersTls, toUsers),
    // A partner may have a certificate of a public CA.
    ...clientProblems(['notices', 'tls'], notices.tls, []),
  ]
}

function clientProblems(
  side: readonly string[],
  tls: z.output<typeof clientTlsSchema>,
  urls: readonly URL[],
): TlsProblem[] {
  const problems: TlsProblem[] = []
  const https = urls.find(({ protocol }) => protocol === 'https:')
  if (https && !tls) {
    const text = `${https.origin} is https; give ${side.join('.')}.ca, the CAs that its certificate may come from`
    problems.push({ path: [...side, 'ca'], text })
  }
  if (tls && (tls.certificate === undefined) !== (tls.key === undefined)) {
    const lacking = tls.key === undefined ? 'key' : 'certificate'
    const text = `${side.join('.')} has only one of certificate and key; give ${lacking} too, or neither`
    problems.push({ path: [...side, lacking], text })
  }
  return problems
}

function callerProblems({ southbound, northbound, parties }: Connected): TlsProblem[] {
  const problems: TlsProblem[] = []
  const byFingerprint = southbound.tls?.nameBy === 'fingerprint'
  const isAnybodyKnown = parties.some(
    ({ euis, certificates }) => euis.length > 0 && (!byFingerprint || certificates.length > 0),
  )
  if (southbound.tls && !isAnybodyKnown) {
    const lacking = byFingerprint ? 'certificates and euis' : 'euis'
    const text = `southbound.tls lets nobody in: no party has ${lacking}; give them under parties`
    problems.push({ path: ['southbound', 'tls', 'nameBy'], text })
  }
  if (northbound.tls?.nameBy === 'fingerprint' && northbound.tls.callers.length === 0) {
    const text = 'northbound.tls lets nobody in; give northbound.tls.callers the fingerprints of the DSP'
    problems.push({ path: ['northbound', 'tls', 'callers'], text })
  }
  return problems
}

function serverProblems({ control, controlPlane }: Connected): TlsProblem[] {
  return Object.entries({ control, controlPlane }).flatMap(([name, { tls }]) => {
    if (!tls || tls.crls.length === 0 || tls.ca !== undefined) return []
    return [
      { path: [name, 'tls', 'ca'], text: `${name}.tls has crls and no ca; give the CAs that signed them` },
    ]
  })
}

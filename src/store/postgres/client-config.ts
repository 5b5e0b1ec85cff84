/** What the client `pg` is given for each host of an address. */
import { readFileSync } from 'node:fs'
import { checkServerIdentity } from 'node:tls'
import type pg from 'pg'
import type { PostgresAddress, PostgresHost, PostgresTls } from './connection-text.ts'
import { passwordFrom } from './passfile.ts'

/** One host of several, as `pg` takes it. */
export interface HostConfig {
  /** For messages: `db1.internal:5432`. */
  readonly name: string
  readonly client: pg.ClientConfig
}

/** Throws when a file that the address names cannot be read. */
export function hostConfigsOf(address: PostgresAddress): readonly HostConfig[] {
  const { tls } = address
  const ssl = tls ? tlsConfigOf(tls) : tls
  const isDirect = tls ? tls.isDirect : false
  return address.hosts.map((host) => {
    const isSocket = host.host?.startsWith('/') ?? false
    return {
      name: hostName(host),
      client: {
        ...clientConfigOf(address, host),
        // libpq has no TLS on a Unix socket either.
        ...(ssl !== undefined && { ssl: isSocket ? false : ssl }),
        ...(isDirect && !isSocket && { sslnegotiation: 'direct' as const }),
      },
    }
  })
}

export function hostName({ host = 'localhost', port = 5432 }: PostgresHost): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function clientConfigOf(address: PostgresAddress, { host, port }: PostgresHost): pg.ClientConfig {
  const { database, user, password, passfile, options, applicationName, connectTimeoutMs } = address
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(database !== undefined && { database }),
    ...(user !== undefined && { user }),
    ...(options !== undefined && { options }),
    ...(applicationName !== undefined && { application_name: applicationName }),
    ...(connectTimeoutMs !== undefined && { connectionTimeoutMillis: connectTimeoutMs }),
    ...passwordPartOf(password, passfile),
  }
}

/** A password that is given goes before the file, as in libpq. */
function passwordPartOf(password: string | undefined, passfile: string | undefined): pg.ClientConfig {
  if (password !== undefined) return { password }
  if (passfile === undefined) return {}
  // pg calls it with what it connects to, which its types do not have.
  const asked = async (target?: { host: string; port: number; database: string; user: string }) =>
    (target && (await passwordFrom(passfile, target))) ?? ''
  return { password: asked }
}

function tlsConfigOf({ verifies, rootCert, cert, key }: PostgresTls): NonNullable<pg.ClientConfig['ssl']> {
  return {
    ...(rootCert !== undefined && { ca: readFileSync(rootCert, 'utf8') }),
    ...(cert !== undefined && { cert: readFileSync(cert, 'utf8') }),
    ...(key !== undefined && { key: readFileSync(key, 'utf8') }),
    rejectUnauthorized: verifies !== 'encrypted',
    checkServerIdentity: verifies === 'full' ? checkServerIdentity : () => undefined,
  }
}

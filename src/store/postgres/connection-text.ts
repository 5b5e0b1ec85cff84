/**
 * The text by which a PostgreSQL is named, read as libpq reads it: a URL or `KEYWORD=VALUE …`, several hosts, and which of them
 * is wanted.
 *
 * It may hold a password, and where it is malformed any part of it may be one: no problem quotes it.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
 */
import { nearest } from '../../core/nearest.ts'

/** Undefined: what the client takes by itself, from its environment or as its default. */
export interface PostgresHost {
  /** A name, an IP address, or the folder of a Unix socket. */
  readonly host: string | undefined
  readonly port: number | undefined
}

/** What libpq's `sslmode` comes to. */
export interface PostgresTls {
  /** `encrypted`: whoever the server is. `authority`: its certificate is of the CA. `full`: and for its host. */
  readonly verifies: 'encrypted' | 'authority' | 'full'
  /** Files in PEM; undefined: those CAs that Node trusts, and no certificate of the client. */
  readonly rootCert: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  /** TLS without PostgreSQL asking for it first. */
  readonly isDirect: boolean
}

export interface PostgresAddress {
  /** In the order in which they are preferred; one at least. */
  readonly hosts: readonly PostgresHost[]
  readonly database: string | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  /** A file with passwords, read for each new connection. */
  readonly passfile: string | undefined
  /** Command-line options for the server, such as `-c search_path=north`. */
  readonly options: string | undefined
  readonly applicationName: string | undefined
  /** For each host. */
  readonly connectTimeoutMs: number | undefined
  /** False: in the clear. Undefined: what the client takes by itself. */
  readonly tls: PostgresTls | false | undefined
}

export type AddressReading =
  | { readonly ok: true; readonly address: PostgresAddress }
  | { readonly ok: false; readonly problem: string }

const URL_START = /^postgres(?:ql)?:\/\//
const KEYWORD_START = /^\s*[A-Za-z_]+\s*=/

/** Whether the text names a PostgreSQL, well or badly; else it is the path of a file. */
export function namesPostgres(text: string): boolean {
  return URL_START.test(text) || KEYWORD_START.test(text)
}

/** What is no path of a file but a server's address that cannot be read as one; undefined when it may well be a path. */
export function strayAddressProblem(text: string): string | undefined {
  const isStray = /^[A-Za-z][\w+.-]*:\/\/|^postgres(?:ql)?:|^[^/\\\s]+:[^/\\\s]*@/i.test(text)
  return isStray && !URL_START.test(text)
    ? 'looks like the address of a server that is no PostgreSQL; give postgres://HOST/DATABASE, or a path with ./ in front'
    : undefined
}

/** The address in a text of which `namesPostgres` is true. */
export function readConnectionText(text: string): AddressReading {
  try {
    const given = URL_START.test(text) ? fromUrl(text.replace(URL_START, '')) : fromKeywords(text)
    return { ok: true, address: addressOf(given) }
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, problem: error.message }
    throw error
  }
}

class Malformed extends Error {}

type Given = ReadonlyMap<string, string>

const KEYWORDS = [
  ...['host', 'port', 'dbname', 'user', 'password', 'passfile', 'options', 'application_name'],
  ...['connect_timeout', 'target_session_attrs', 'client_encoding'],
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation'],
] as const

type Keyword = (typeof KEYWORDS)[number]

/** Those of libpq that would be without effect here. */
const NOT_HERE = [
  ...[
    'hostaddr',
    'service',
    'servicefile',
    'require_auth',
    'channel_binding',
    'keepalives',
    'keepalives_idle',
  ],
  ...[
    'keepalives_interval',
    'keepalives_count',
    'tcp_user_timeout',
    'replication',
    'gssencmode',
    'krbsrvname',
  ],
  ...[
    'gsslib',
    'gssdelegation',
    'sslcompression',
    'sslpassword',
    'sslcertmode',
    'sslcrl',
    'sslcrldir',
    'sslsni',
  ],
  ...['requirepeer', 'ssl_min_protocol_version', 'ssl_max_protocol_version', 'load_balance_hosts'],
  'fallback_application_name',
]

function put(given: Map<string, string>, name: string, value: string): void {
  if (name === 'ssl') throw new Malformed('has ssl, which is no keyword of libpq; give sslmode')
  if (NOT_HERE.includes(name)) throw new Malformed(`has ${name}, which duisgate does not take`)
  if (!KEYWORDS.some((keyword) => keyword === name)) {
    const meant = nearest(name, [...KEYWORDS])
    throw new Malformed(
      meant
        ? `has a keyword that libpq does not have; did you mean ${meant}?`
        : `has a keyword that libpq does not have; ${ESCAPE}`,
    )
  }
  given.set(name, value)
}

const ESCAPE = "write @ : / ? % in a password as %40 %3A %2F %3F %25, and quote one with spaces: password='…'"

/** `user:password@host:port,host:port/database?keyword=value&…` */
function fromUrl(rest: string): Given {
  const given = new Map<string, string>()
  const [, info, afterInfo = ''] = /^(?:([^@/]*)@)?([\s\S]*)$/.exec(rest) ?? []
  if (info !== undefined) {
    const colon = info.indexOf(':')
    const [user, password] = colon < 0 ? [info, ''] : [info.slice(0, colon), info.slice(colon + 1)]
    if (user !== '') given.set('user', decoded(user))
    if (password !== '') given.set('password', decoded(password))
  }
  const [, places = '', database = '', query = ''] =
    /^([^/?]*)(?:\/([^?]*))?(?:\?([\s\S]*))?$/.exec(afterInfo) ?? []
  takePlaces(given, places)
  if (database !== '') given.set('dbname', decoded(database))
  for (const pair of query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=')
    if (equals < 0) throw new Malformed(`has a parameter without a value; ${ESCAPE}`)
    put(given, decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1)))
  }
  return given
}

function takePlaces(given: Map<string, string>, places: string): void {
  const hosts: string[] = []
  const ports: string[] = []
  for (const place of places.split(',')) {
    const found = /^(?:\[([^[\]]+)\]|([^[\]:@]*))(?::(\d*))?$/.exec(place)
    if (!found) throw new Malformed(`has something in place of HOST:PORT that is neither; ${ESCAPE}`)
    hosts.push(decoded(found[1] ?? found[2] ?? ''))
    ports.push(found[3] ?? '')
  }
  if (hosts.some((host) => host !== '')) given.set('host', hosts.join())
  if (ports.some((port) => port !== '')) given.set('port', ports.join())
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Malformed(`has a % that begins no escape; ${ESCAPE}`)
  }
}

/** `keyword=value keyword='a value'`, with \' and \\ in values. */
function fromKeywords(text: string): Given {
  const given = new Map<string, string>()
  const pair = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\[\s\S])*)'|((?:[^\s\\']|\\[\s\S])*))(?=\s|$)\s*/y
  while (pair.lastIndex < text.length) {
    const found = pair.exec(text)
    if (!found) throw new Malformed(`is no list of KEYWORD=VALUE throughout; ${ESCAPE}`)
    const [, name = '', quoted, plain = ''] = found
    put(given, name, (quoted ?? plain).replaceAll(/\\([\s\S])/g, '$1'))
  }
  return given
}

function addressOf(given: Given): PostgresAddress {
  const of = (keyword: Keyword) => given.get(keyword) || undefined
  oneOf(of('target_session_attrs'), 'target_session_attrs', ['any', 'read-write', 'primary'])
  oneOf(of('client_encoding')?.toLowerCase(), 'client_encoding', ['utf8', 'utf-8', 'auto'])
  return {
    hosts: hostsOf(of('host'), of('port')),
    database: of('dbname'),
    user: of('user'),
    password: of('password'),
    passfile: of('passfile'),
    options: of('options'),
    applicationName: of('application_name'),
    connectTimeoutMs: secondsOf(of('connect_timeout')),
    tls: tlsOf(of),
  }
}

function oneOf(value: string | undefined, keyword: Keyword, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return
  throw new Malformed(`has a ${keyword} that will not do; give ${allowed.join(', ')}`)
}

/** As many ports as hosts, or one for all. */
function hostsOf(hostText: string | undefined, portText: string | undefined): readonly PostgresHost[] {
  const hosts = (hostText ?? '').split(',')
  const ports = (portText ?? '').split(',')
  if (ports.length > 1 && ports.length !== hosts.length)
    throw new Malformed('has another number of ports than of hosts; give one for all, or one for each')
  return hosts.map((host, place) => ({
    host: host || undefined,
    port: portOf(ports.length === 1 ? ports[0] : ports[place]),
  }))
}

function portOf(text = ''): number | undefined {
  if (text === '') return undefined
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new Malformed('has a port that is no number from 1 to 65535')
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d?$/.test(text)) return Number(text) * 1_000
  throw new Malformed('has a connect_timeout that is no whole number of seconds from 1 to 99')
}

function tlsOf(of: (keyword: Keyword) => string | undefined): PostgresTls | false | undefined {
  const [mode, root] = [of('sslmode'), of('sslrootcert')]
  const files = { cert: of('sslcert'), key: of('sslkey') }
  const isDirect = of('sslnegotiation') === 'direct'
  oneOf(of('sslnegotiation'), 'sslnegotiation', ['postgres', 'direct'])
  if ((files.cert === undefined) !== (files.key === undefined))
    throw new Malformed('has one of sslcert and sslkey; give both')
  const isMeant = root !== undefined || files.cert !== undefined || isDirect
  if (mode === undefined && !isMeant) return undefined
  if (mode === 'disable') return false
  const verifies = verifiesOf(mode ?? 'verify-full', root)
  return { verifies, rootCert: root === 'system' ? undefined : root, ...files, isDirect }
}

function verifiesOf(mode: string, root: string | undefined): PostgresTls['verifies'] {
  if (mode === 'allow' || mode === 'prefer')
    throw new Malformed(
      `has sslmode ${mode}, which goes on in the clear where the server has no TLS; give disable, require, verify-ca or verify-full`,
    )
  oneOf(mode, 'sslmode', ['disable', 'require', 'verify-ca', 'verify-full'])
  if (mode === 'verify-full' || root === 'system') return 'full'
  if (root !== undefined) return 'authority'
  if (mode === 'require') return 'encrypted'
  throw new Malformed('has sslmode verify-ca and no sslrootcert, the file with the CA')
}

/** How a PostgreSQL is named in text: as libpq reads it, and without a word of it in what is said of a malformed one. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hostConfigsOf } from '../../src/store/postgres/client-config.ts'
import {
  namesPostgres,
  type PostgresAddress,
  readConnectionText,
  strayAddressProblem,
} from '../../src/store/postgres/connection-text.ts'
import { passwordFrom } from '../../src/store/postgres/passfile.ts'

function addressOf(text: string): PostgresAddress {
  const reading = readConnectionText(text)
  if (reading.ok) return reading.address
  throw new Error(`${text} ${reading.problem}`)
}

function problemOf(text: string): string {
  const reading = readConnectionText(text)
  return reading.ok ? '' : reading.problem
}

t.test('a URL and keywords say the same', async (t) => {
  const url =
    'postgres://jo:a%20b%40c@db1,db2:6432,[2001:db8::1]/flags?target_session_attrs=read-write&connect_timeout=3&options=-c%20search_path%3Dnorth&application_name=gw'
  const keywords =
    "host=db1,db2,2001:db8::1 port=,6432, dbname = flags user=jo password='a b@c' target_session_attrs=read-write connect_timeout=3 options='-c search_path=north' application_name=gw"
  const expected = {
    hosts: [
      { host: 'db1', port: undefined },
      { host: 'db2', port: 6432 },
      { host: '2001:db8::1', port: undefined },
    ],
    database: 'flags',
    user: 'jo',
    password: 'a b@c',
    passfile: undefined,
    options: '-c search_path=north',
    applicationName: 'gw',
    connectTimeoutMs: 3_000,
    tls: undefined,
  }
  t.same(addressOf(url), expected)
  t.same(addressOf(keywords), expected)
})

t.test('hosts, ports and sockets stand where libpq has them', async (t) => {
  const hosts = (text: string) => addressOf(text).hosts.map(({ host = '', port = '' }) => `${host}|${port}`)
  t.same(hosts('postgresql://a,b:2/x?port=7'), ['a|7', 'b|7'], 'one port for all')
  t.same(hosts('postgres:///x?host=/run/postgresql'), ['/run/postgresql|'])
  t.same(hosts('postgres://%2Frun%2Fpostgresql:6432/x'), ['/run/postgresql|6432'])
  t.same(hosts('postgres://'), ['|'])
  t.same(hosts('dbname=x'), ['|'])
  t.equal(addressOf("password='it\\'s \\\\ two' dbname=x").password, "it's \\ two")
  t.equal(addressOf('password=one\\ word dbname=x').password, 'one word')
  t.equal(addressOf('postgres://jo:a+b?c@h/x').password, 'a+b?c', 'nothing else ends a password')
})

t.test('names servers and files apart', async (t) => {
  for (const text of ['postgres://h/x', 'postgresql://h/x', 'host=h dbname=x', ' hots = h password=p'])
    t.ok(namesPostgres(text), text)
  for (const text of ['data/duisgate.db', '/var/lib/a=b.db', './a=b.db', ':memory:', 'duisgate.db'])
    t.notOk(namesPostgres(text) || strayAddressProblem(text), text)
  for (const text of [
    'mysql://jo:secret@h/x',
    'Postgres://h/x',
    'postgres:h/x',
    'jo:secret@h/x',
    'file://x.db',
  ])
    t.match(strayAddressProblem(text), /looks like the address/, text)
})

t.test('says what is wrong, and nothing of what was given', async (t) => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['postgres://jo:SECRET/SECRET@h/x', /neither|port|number/],
    ['postgres://jo:SECRET@SECRET@h/x', /neither/],
    ['postgres://jo:SECRET%zz@h/x', /%/],
    ['postgres://jo:SECRET@h:SECRET/x', /neither/],
    ['postgres://jo:SECRET@h:70000/x', /port/],
    ['postgres://jo@h/x?target_sesion_attrs=read-write', /did you mean target_session_attrs\?/],
    ['postgres://jo@h/x?SECRET', /without a value/],
    ['postgres://jo@h/x?target_session_attrs=standby', /give any, read-write, primary/],
    ['host=h password=my SECRET', /throughout/],
    ["host=h password='SECRET", /throughout/],
    ['host=h password=my SECRET=1', /keyword that libpq does not have/],
    ['host=a,b,c port=1,2', /number of ports/],
    ['host=h hostaddr=10.0.0.1', /hostaddr/],
    ['host=h sslmode=prefer', /goes on in the clear/],
    ['host=h sslmode=no-verify', /give disable, require/],
    ['host=h sslmode=verify-ca', /sslrootcert/],
    ['host=h ssl=true', /give sslmode/],
    ['host=h sslcert=c.pem', /give both/],
    ['host=h connect_timeout=0', /connect_timeout/],
  ]
  for (const [text, said] of wrong) {
    t.match(problemOf(text), said, text)
    t.notMatch(problemOf(text), /SECRET/, text)
  }
})

t.test('sslmode says what libpq makes of it', async (t) => {
  const ca = join(t.testdir(), 'ca.pem')
  writeFileSync(ca, 'a certificate')
  const sslOf = (more: string) => hostConfigsOf(addressOf(`host=h ${more}`))[0]?.client.ssl
  t.equal(sslOf(''), undefined)
  t.equal(sslOf('sslmode=disable'), false)
  t.match(sslOf('sslmode=require'), { rejectUnauthorized: false })
  const isOfAnyHost = (ssl: unknown) =>
    (ssl as { checkServerIdentity: (host: string, cert: unknown) => unknown }).checkServerIdentity('h', {
      subject: { CN: 'other' },
    }) === undefined
  for (const mode of ['require', 'verify-ca']) {
    const ssl = sslOf(`sslmode=${mode} sslrootcert=${ca}`)
    t.match(ssl, { rejectUnauthorized: true, ca: 'a certificate' })
    t.ok(isOfAnyHost(ssl), mode)
  }
  const full = sslOf(`sslmode=verify-full sslrootcert=${ca}`)
  t.match(full, { rejectUnauthorized: true, ca: 'a certificate' })
  t.notOk(isOfAnyHost(full))
  t.match(sslOf('sslrootcert=system'), { rejectUnauthorized: true, ca: undefined })
  t.equal(
    hostConfigsOf(addressOf('host=/run sslmode=require'))[0]?.client.ssl,
    false,
    'a Unix socket has none',
  )
})

t.test('a password comes from the first line of a passfile that is for the connection', async (t) => {
  const file = join(t.testdir(), 'pgpass')
  const lines = ['# none', 'db1:5432:flags:jo:one\\:two\\\\', 'db2:*:*:jo:three', '*:*:*:amy:']
  writeFileSync(file, lines.join('\n'), { mode: 0o600 })
  const target = { host: 'db1', port: 5432, database: 'flags', user: 'jo' }
  t.equal(await passwordFrom(file, target), 'one:two\\')
  t.equal(await passwordFrom(file, { ...target, host: 'db2', port: 1 }), 'three')
  t.equal(await passwordFrom(file, { ...target, user: 'amy' }), undefined)
  t.equal(await passwordFrom(file, { ...target, user: 'sue' }), undefined)
  chmodSync(file, 0o644)
  await t.rejects(passwordFrom(file, target), /open to everybody/)
})

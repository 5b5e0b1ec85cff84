/** mTLS from the page alone: the script's CA and certificates, the configuration as docs/tls.md has it, a User who gets through. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../src/config/read-config.ts'
import { createLog } from '../../src/observe/log.ts'
import { startService } from '../../src/run/gateway-service.ts'
import { temporaryFolder } from '../support/start-gateway.ts'

const ROOT = join(import.meta.dirname, '../..')
const USER = '90-B3-D5-1F-30-01-00-00'
const STRANGER = '90-B3-D5-1F-30-01-00-99'
const PAGE = readFileSync(join(ROOT, 'docs/tls.md'), 'utf8')

function hasOpenssl(): boolean {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3')
  } catch {
    return false
  }
}

const skip = !hasOpenssl() && 'OpenSSL 3 is not installed'

t.test(
  'the User of the page gets through, a stranger and an attribute of like name do not',
  { skip },
  async (t) => {
    const folder = await temporaryFolder(t)
    const make = (...names: readonly string[]) =>
      execFileSync(join(ROOT, 'deploy/tls/test-ca.sh'), ['tls', ...names], { cwd: folder, encoding: 'utf8' })
    t.match(make(USER, STRANGER), 'tls: ca.pem, ca.crl')
    const text = /<<'END'\n(.*?)\nEND\n/s.exec(PAGE)?.[1] ?? ''
    const listeners = ['southbound', 'northbound', 'control', 'controlPlane'].map(
      (name) => `${name}.listen=127.0.0.1:0`,
    )
    const overrides = [...listeners, 'store=store.db', 'journal.folder=journal']
    const file = { name: 'tls.yaml', folder, text }
    const read = readConfig({ file, environment: {}, overrides, workingFolder: folder })
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    const logged: string[] = []
    const log = createLog({ level: 'info', destination: { write: (line) => logged.push(line) } })
    const service = await startService({ config: read.config, log })
    t.teardown(() => service.stop())
    const pem = (name: string) => readFileSync(join(folder, 'tls', name), 'utf8')
    const send = (name: string) =>
      ask(service.gateway.ports.southbound, pem('ca.pem'), pem(`${name}.pem`), pem(`${name}.key`))
    t.equal(await send(USER), 502, 'let through; there is no DSP')
    t.equal(await send(STRANGER), 'refused')
    t.match(logged.join(''), 'TLS_CALLER_UNKNOWN')
    t.notMatch(logged.join(''), 'TLS_NAME_MISSING')
    likeNamed(join(folder, 'tls'))
    t.equal(await send('like-named'), 'refused')
    t.match(logged.join(''), /TLS_NAME_MISSING.*the attribute that nameBy asks for/)
  },
)

/** With openssl's uniqueIdentifier, which is another attribute. */
function likeNamed(folder: string): void {
  const run = (...words: readonly string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' })
  const subject = ['-subj', `/CN=User/uniqueIdentifier=${USER}`]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'like-named.key']
  run('req', '-new', '-config', 'openssl.cnf', ...key, ...subject, '-out', 'like-named.csr')
  const ca = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-sha256',
    '-extfile',
    'openssl.cnf',
    '-extensions',
    'leaf',
  ]
  run('x509', '-req', '-in', 'like-named.csr', ...ca, '-out', 'like-named.pem')
}

/** The status, or `refused` where the connection was cut. */
function ask(port: number, ca: string, cert: string, key: string): Promise<number | string> {
  const body = readFileSync(join(ROOT, 'fixtures/southbound/read-import-registers.xml'))
  const { promise, resolve } = Promise.withResolvers<number | string>()
  const headers = { 'content-type': 'application/xml', 'content-length': body.length }
  const agent = new Agent({ keepAlive: false })
  const where = {
    host: '127.0.0.1',
    port,
    path: '/api/v1/serviceS',
    method: 'POST',
    ca,
    cert,
    key,
    headers,
    agent,
  }
  request(where, (reply) => {
    reply.resume().on('end', () => resolve(reply.statusCode ?? 0))
  })
    .on('error', () => resolve('refused'))
    .end(body)
  return promise
}

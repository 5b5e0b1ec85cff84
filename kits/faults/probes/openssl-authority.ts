/** T1, T2: a CA, certificates and revocation lists that the openssl command makes, as an operator's own CA would. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { USER } from '../../../test/fixtures/message.ts'
import { startStubDsp } from '../../../test/support/stub-dsp.ts'
import { ask, connectTls, refusal } from '../../../test/tls/scene.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { msUntil, newFolder, PATIENCE_MS, ServedGateway } from '../served-gateway.ts'

const CA_CONFIG = `
[ca]
default_ca = own
[own]
dir = .
database = index.txt
serial = serial
new_certs_dir = issued
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 2
default_crl_days = 3
policy = names
unique_subject = no
[names]
commonName = supplied
[req]
distinguished_name = names
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:false
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = IP:127.0.0.1
`

class OpensslAuthority {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(join(folder, 'issued'))
    for (const [name, text] of Object.entries({ 'ca.cnf': CA_CONFIG, 'index.txt': '', serial: '1000\n' }))
      writeFileSync(join(folder, name), text)
    this.#key('ca')
    this.#openssl(
      'req -x509 -new -config ca.cnf -extensions root -key ca.key -days 2 -out ca.pem',
      '/CN=Root',
    )
    this.list()
  }

  issue(name: string, commonName: string): { cert: string; key: string } {
    this.#key(name)
    this.#openssl(`req -new -config ca.cnf -key ${name}.key -out ${name}.csr`, `/CN=${commonName}`)
    this.#openssl(`ca -batch -notext -config ca.cnf -extensions leaf -in ${name}.csr -out ${name}.pem`)
    return { cert: this.read(`${name}.pem`), key: this.read(`${name}.key`) }
  }

  revoke(name: string): void {
    this.#openssl(`ca -config ca.cnf -revoke ${name}.pem`)
    this.list()
  }

  /** Writes a new revocation list over the last one. */
  list(more = ''): void {
    this.#openssl(`ca -gencrl -config ca.cnf -out ca.crl ${more}`.trim())
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  #key(name: string): void {
    this.#openssl(`ecparam -name prime256v1 -genkey -noout -out ${name}.key`)
  }

  #openssl(words: string, subject?: string): void {
    const all = [...words.split(' '), ...(subject === undefined ? [] : ['-subj', subject])]
    execFileSync('openssl', all, { cwd: this.folder, stdio: 'pipe' })
  }
}

const CONFIG = `
southbound:
  tls: {certificate: own.pem, key: own.key, ca: ca.pem, crls: [ca.crl], nameBy: commonName}
controlPlane: {listen: "127.0.0.1:0"}
parties: [{id: SUP-A, name: Supplier A, roles: [supplier], euis: [${USER}]}]
`

export async function opensslAuthority(scope: ProbeScope): Promise<Seen> {
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const folder = newFolder(scope)
  const authority = new OpensslAuthority(folder)
  authority.issue('own', 'gateway')
  const [good, bad] = [authority.issue('good', USER), authority.issue('bad', USER)]
  const settings = [`southbound.dspUrl=${dsp.url.origin}`]
  const gateway = await ServedGateway.start(scope, { folder, config: CONFIG, settings })
  const connect = (client: { cert: string; key: string }) =>
    connectTls(scope, gateway.portOf('southbound'), { ca: authority.read('ca.pem'), ...client })
  const [kept, revoked] = [await connect(good), await connect(bad)]
  const before = [await ask(kept), await ask(revoked)]
  authority.revoke('bad')
  const cutMs = await msUntil(PATIENCE_MS, () => revoked.closed)
  const after = [await ask(kept), await refusal(connect(bad))]
  authority.list('-crlsec 1')
  const endedMs = await msUntil(PATIENCE_MS, () => kept.closed)
  const ended = await refusal(connect(good))
  return {
    holds:
      [...before, ...after, ended].join() === '200,200,200,refused,refused' &&
      cutMs !== undefined &&
      endedMs !== undefined,
    figure: `with openssl's own CA: a revoked client cut ${Math.ceil(cutMs ?? Number.NaN)} ms after the new list, others served (${after[0]}); after a list of 1 s had ended everybody was cut`,
  }
}

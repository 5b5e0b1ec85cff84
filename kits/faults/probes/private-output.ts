/** A7: nothing that points at a household, a device, a certificate or a token comes out of `serve`, whatever goes wrong. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newToken } from '../../../src/control/identity.ts'
import { allFixtures } from '../../../test/fixtures/all.ts'
import { request } from '../../../test/fixtures/message.ts'
import { startStubDsp } from '../../../test/support/stub-dsp.ts'
import { Authority } from '../../../test/tls/authority.ts'
import { ask, refusal } from '../../../test/tls/scene.ts'
import { ESME, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { newFolder, ServedGateway } from '../served-gateway.ts'
import { startTlsGateway } from '../tls-gateway.ts'

const MPXN = '1200000000011'
const OTHER_USER = '90-B3-D5-1F-30-02-00-00'
const REFERENCE = 'CASE-SECRET'

const SECRETS: Readonly<Record<string, RegExp>> = {
  'an EUI-64': /(?:[0-9a-f]{2}-){7}[0-9a-f]{2}/i,
  'a bare EUI-64': /(?<![0-9A-Za-z_-])[0-9A-F]{16}(?![0-9A-Za-z_-])/,
  'a long number': /(?<![\d.:T-])\d{10,13}(?!\d)/,
  'a certificate': /-----BEGIN|MII[A-Za-z0-9+/]{20}/,
  'a token': /duisgate_[\w-]{20}/,
  'a password': /s3cret-of-the-store/,
  'what was written': new RegExp(REFERENCE),
  XML: /<sr:/,
}

/** The levels above `trace` say part of what `trace` says. */
export async function privateOutput(scope: ProbeScope): Promise<Seen> {
  const scenes = {
    messages: await ofMessages(scope),
    TLS: await ofTls(scope),
    'the control plane': await ofControl(scope),
    'starts that fail': await ofFailedStarts(scope),
  }
  const hits: string[] = []
  for (const [scene, lines] of Object.entries(scenes))
    for (const line of lines)
      for (const [what, pattern] of Object.entries(SECRETS))
        if (pattern.test(line)) hits.push(`${what} of ${scene}: ${line.slice(0, 300)}`)
  const counts = Object.entries(scenes).map(([scene, lines]) => `${lines.length} of ${scene}`)
  return {
    holds: hits.length === 0 && Object.values(scenes).every((lines) => lines.length > 2),
    figure: `${hits.length} hits in all lines at level trace (${counts.join(', ')})${hits[0] ? `; ${hits[0]}` : ''}`,
  }
}

/** Every fixture, both ways, and messages to upstreams that are gone. */
async function ofMessages(scope: ProbeScope): Promise<readonly string[]> {
  const dsp = await startStubDsp()
  const gateway = await ServedGateway.start(scope, {
    settings: [
      `southbound.dspUrl=${dsp.url.origin}`,
      `northbound.fallback=${dsp.url.href}`,
      'log.level=trace',
    ],
  })
  const sent = allFixtures.filter((_, index) => !scope.isQuick || index % 4 === 0)
  for (const { direction, bytes } of sent) await sendTo(gateway, direction, bytes)
  await dsp.close()
  for (const { direction, bytes } of sent.slice(0, 20)) await sendTo(gateway, direction, bytes)
  await fetch(`http://127.0.0.1:${gateway.portOf('southbound')}/${ESME}?mpxn=${MPXN}`, {
    method: 'POST',
    body: 'x',
  })
  await gateway.end('SIGTERM')
  return gateway.said
}

async function sendTo(
  gateway: ServedGateway,
  direction: 'southbound' | 'northbound',
  bytes: Uint8Array,
): Promise<void> {
  const path = direction === 'southbound' ? '/api/v1/serviceS' : '/'
  const body = Buffer.from(bytes)
  await fetch(`http://127.0.0.1:${gateway.portOf(direction)}${path}`, { method: 'POST', body })
}

/** Certificates that are refused, a User that sends in another’s name, files that are garbage. */
async function ofTls(scope: ProbeScope): Promise<readonly string[]> {
  const tls = await startTlsGateway(scope, ['log.level=trace'])
  const user = tls.user()
  const kept = await tls.connect(user)
  await ask(kept)
  await ask(
    kept,
    request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>', originator: OTHER_USER }),
  )
  const hour = 3_600_000
  const stranger = Authority.root('Stranger').issue({ commonName: OTHER_USER })
  const expired = tls.ca.issue({ commonName: ESME, fromMs: -2 * hour, untilMs: -hour })
  for (const bad of [stranger, expired, tls.ca.issue({ commonName: OTHER_USER })])
    await refusal(tls.connect(bad))
  const from = tls.gateway.lines.length
  tls.put('own.pem', user.cert.slice(0, 300))
  tls.put('ca.crl', tls.ca.crl({ revoked: [user.serial] }))
  tls.gateway.child.kill('SIGHUP')
  await tls.gateway.logged('', from)
  await ask(kept)
  await refusal(tls.connect(user))
  await tls.gateway.end('SIGTERM')
  const serial = new RegExp(`(?<![0-9a-f])(?:${user.serial}|${user.serial.toString(16)})(?![0-9a-f])`, 'i')
  return tls.gateway.said.map((line) => line.replace(serial, '-----BEGIN (a serial number)'))
}

/** Calls that are right, wrong, refused and unknown, each with something that must not be told. */
async function ofControl(scope: ProbeScope): Promise<readonly string[]> {
  const { token, tokenHash } = newToken()
  const config = `
controlPlane: {listen: "127.0.0.1:0"}
parties: [{id: SUP-A, name: Supplier A, roles: [supplier]}]
credentials: [{tokenHash: ${tokenHash}, party: SUP-A, roles: [supplier], name: jane.doe}]
`
  const settings = ['log.level=trace', 'southbound.dspUrl=http://127.0.0.1:9']
  const gateway = await ServedGateway.start(scope, { config, settings })
  const { api } = await gateway.logged('the control plane is listening')
  const call = (path: string, body?: string, bearer = token) =>
    fetch(`${api}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    })
  const set = JSON.stringify({ mpxn: MPXN, reference: REFERENCE })
  await call(`/meter-points/${MPXN}`)
  await call(`/devices/${ESME}`)
  await call(`/search?q=${ESME}`)
  await call(`/${MPXN}/${ESME}`)
  await call('/restrictions', set)
  await call('/restrictions', `{"mpxn": ${MPXN}`)
  await call('/bulk/set', `mpxn,steps,date,evidence,isLastResort,isCreditMode\r\n${MPXN},,,,,\r\n`)
  await call('/me', undefined, newToken().token)
  await gateway.send(readOf())
  await gateway.end('SIGTERM')
  return gateway.said.map((line) => line.replace(token, 'duisgate_a-token-that-was-given'))
}

const BIN = join(import.meta.dirname, '../../../bin/duisgate.mjs')

/** A token where its hash should be, and a store that is not there, with its password in the address. */
async function ofFailedStarts(scope: ProbeScope): Promise<readonly string[]> {
  const folder = newFolder(scope)
  const { token } = newToken()
  const config = `
southbound: {dspUrl: "http://127.0.0.1:9"}
parties: [{id: SUP-A, name: Supplier A, roles: [supplier], euis: [${ESME}-00]}]
credentials: [{tokenHash: ${token}, party: SUP-A, roles: [supplier], name: jane.doe}]
`
  writeFileSync(join(folder, 'wrong.yaml'), config)
  const refused = ['serve', 'check'].flatMap((command) => {
    const words = [BIN, command, '--config', 'wrong.yaml']
    const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' })
    return `${stdout}${stderr}`.split('\n')
  })
  const gateway = await ServedGateway.start(scope, {
    settings: [
      'store=postgres://user:s3cret-of-the-store@127.0.0.1:1/db',
      'southbound.dspUrl=http://127.0.0.1:9',
      'log.level=trace',
    ],
  })
  await gateway.send(readOf())
  await gateway.end('SIGTERM')
  return [...refused, ...gateway.said]
}

/** `duisgate ready`: the answer of the gateway beside it, over plain HTTP and over TLS with client certificates. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer as plainServer, type RequestListener, type Server } from 'node:http'
import { createServer as tlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Authority } from '../tls/authority.ts'
import { duisgate } from './run.ts'

const NOT_READY = '{"ready":false,"reasons":["draining"]}'

const answering =
  (status: number, text: string): RequestListener =>
  (asked, reply) => {
    reply.writeHead(asked.url === '/readyz' ? status : 404).end(`${text}\n`)
  }

async function listening(t: Test, server: Server | ReturnType<typeof tlsServer>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `0.0.0.0:${(server.address() as AddressInfo).port}`
}

t.test('says what the gateway says, and exits with 0 or 1', async (t) => {
  for (const [status, text, code] of [
    [200, '{"ready":true}', 0],
    [503, NOT_READY, 1],
  ] as const) {
    const address = await listening(t, plainServer(answering(status, text)))
    t.match(await duisgate(['ready', '--set', `control.listen=${address}`]), { code, stdout: `${text}\n` })
  }
})

t.test('shows the certificate of control.tls where one is asked for', async (t) => {
  const ca = Authority.root()
  const { cert, key } = ca.issue({ commonName: 'gateway' })
  const folder = t.testdir()
  const files = Object.entries({ certificate: cert, key, ca: ca.cert }).flatMap(([name, text]) => {
    writeFileSync(join(folder, name), text)
    return ['--set', `control.tls.${name}=${join(folder, name)}`]
  })
  const options = { cert, key, ca: ca.cert, requestCert: true, rejectUnauthorized: true }
  const address = await listening(t, tlsServer(options, answering(200, '{"ready":true}')))
  t.match(await duisgate(['ready', '--set', `control.listen=${address}`, ...files]), { code: 0 })
})

t.test('of the control plane only where it answers at all', async (t) => {
  const address = await listening(t, plainServer(answering(200, '{"ready":true}')))
  const words = ['ready', '--control-plane']
  t.match(await duisgate(words), { code: 2, stderr: /controlPlane.observation is not set/ })
  t.match(await duisgate([...words, '--set', `controlPlane.observation=${address}`]), { code: 0 })
})

t.test('nobody there is not ready', async (t) => {
  const server = plainServer()
  const address = await listening(t, server)
  server.close()
  await once(server, 'close')
  t.match(await duisgate(['ready', '--set', `control.listen=${address}`]), {
    code: 1,
    stdout: /ECONNREFUSED/,
  })
})

/** The image, built by `buildah` as the Dockerfile says, and run as an engine would: read-only, as uid 1000, with its volume. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { request } from '../fixtures/message.ts'
import { exitOf } from '../support/child-exit.ts'
import { post } from '../support/start-gateway.ts'
import { ward } from '../support/warden.ts'
import { Authority } from '../tls/authority.ts'
import { Buildah, copyWhatRuns, whyNoBuildah } from './buildah.ts'
import { installed } from './dependencies.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
const skip = whyNoBuildah() ?? false

t.test('the image', { skip }, async (t) => {
  const buildah = new Buildah(t)
  await buildah.buildNode()
  await t.test('packages come from behind a private CA, of which nothing stays', (t) => installs(t, buildah))
  await t.test('runs read-only, as uid 1000, and its health check follows control.tls', (t) =>
    runs(t, buildah),
  )
})

async function installs(t: Test, buildah: Buildah): Promise<void> {
  const ca = Authority.root()
  const registry = await startRegistry(t, ca)
  const context = t.testdir({
    'package.json': JSON.stringify({ name: 'image', version: '1.0.0', dependencies: { tiny: '1.0.0' } }),
    'package-lock.json': lockOf(registry.integrity),
    '.npmrc': `${readFileSync(join(ROOT, '.npmrc'), 'utf8')}registry=${registry.url}\nfetch-retries=0\n`,
    Dockerfile: DOCKERFILE,
    'ca.pem': ca.cert,
  })
  const words = ['--target', 'install', '--build-arg', 'NODE_IMAGE=node', '-t', 'installed']
  await t.rejects(buildah.build(context, ...words), /certificate/, 'not without its certificate')
  await buildah.build(context, ...words, '--secret', `id=ca,src=${join(context, 'ca.pem')}`)
  const folder = await buildah.ask('mount', await buildah.ask('from', 'installed'))
  t.ok(existsSync(join(folder, 'app/node_modules/tiny/package.json')))
  t.equal(spawnSync('grep', ['-rlF', ca.cert.split('\n')[1] ?? '', folder]).stdout.toString(), '')
  t.notMatch(await buildah.ask('inspect', '--type', 'image', 'installed'), /"NODE_EXTRA_CA_CERTS/)
}

async function runs(t: Test, buildah: Buildah): Promise<void> {
  const image = await builtImage(buildah)
  const { uid } = statSync(join(image.root, 'data'))
  t.equal(uid, 1000, 'an engine makes the volume with this owner')
  for (const tls of [false, true]) {
    const data = volume(t, tls)
    const settings = tls ? TLS_SETTINGS : {}
    const gateway = await image.start(t, data, settings)
    const status = readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8')
    t.match(status, /^Uid:\t1000\t1000/m)
    t.equal(
      image.exec(data, settings, ['sh', '-c', ': > /app/new']).status,
      2,
      'the root file system is read-only',
    )
    const check = () => image.exec(data, gateway.settings, image.healthCheck)
    const { status: healthy, output } = check()
    t.equal(healthy, 0, output)
    const reply = await post(gateway.southbound, request({ srv: '7.2', body: '<sr:DisableSupply/>' }), {
      path: '/api/v1/serviceS',
    })
    t.equal(reply.status, 502, 'there is no DSP, and the gateway says so')
    gateway.child.kill('SIGTERM')
    const [code] = await exitOf(gateway.child)
    t.equal(code, 0)
    t.equal(check().status, 1, 'and not when it is gone')
    t.ok(
      readdirSync(join(data, 'journal')).some((name) => name.endsWith('.ndjson')),
      'the journal is in the volume',
    )
  }
}

/** The last stage, on the Node of this machine and with the packages of this checkout. */
async function builtImage(buildah: Buildah) {
  const context = join(buildah.folder, 'context')
  const stage = DOCKERFILE.slice(DOCKERFILE.lastIndexOf('\nFROM '))
  const names = [...stage.matchAll(/^COPY (?!--from)(\S+) \S+$/gm)].map(([, name = '']) => name)
  for (const name of names) cpSync(join(ROOT, name), join(context, name), { recursive: true })
  for (const { path } of installed) {
    if (existsSync(join(ROOT, path))) copyWhatRuns(join(ROOT, path), join(context, path))
  }
  const recipe = stage.replace('--from=install /app/node_modules', 'node_modules')
  writeFileSync(join(context, 'Dockerfile'), `ARG NODE_IMAGE\n${recipe}`)
  await buildah.build(context, '--build-arg', 'NODE_IMAGE=node', '-t', 'duisgate')
  const inspected = JSON.parse(await buildah.ask('inspect', '--type', 'image', 'duisgate'))
  const { User, Env, WorkingDir, Entrypoint, Cmd, Healthcheck } = inspected.Docker.config
  const root = await buildah.ask('mount', await buildah.ask('from', 'duisgate'))
  const words = (data: string, settings: Readonly<Record<string, string>>, command: readonly string[]) => [
    ...['-m', 'sh', '-c', CONTAINER, 'container', root, data, 'env', '-i', ...Env],
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    ...['chroot', `--userspec=${User}`, root, 'sh', '-c', `cd ${WorkingDir} && exec "$0" "$@"`, ...command],
  ]
  return {
    root,
    healthCheck: Healthcheck.Test.slice(1) as readonly string[],
    exec: (data: string, settings: Readonly<Record<string, string>>, command: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync('unshare', words(data, settings, command), {
        encoding: 'utf8',
      })
      return { status, output: stdout + stderr }
    },
    start: async (t: Test, data: string, settings: Readonly<Record<string, string>>) => {
      const free = Object.fromEntries(PORTS.map((name) => [name, '127.0.0.1:0']))
      const child = ward(spawn('unshare', words(data, { ...free, ...settings }, [...Entrypoint, ...Cmd])))
      t.teardown(() => child.kill('SIGKILL'))
      const said: string[] = []
      child.stderr.on('data', (text) => said.push(String(text)))
      for await (const line of createInterface({ input: child.stdout })) {
        said.push(line)
        const { msg, control, southbound } = JSON.parse(line)
        if (msg !== 'listening') continue
        child.stdout.resume()
        const port = Number(southbound.split(':').at(-1))
        return { child, southbound: port, settings: { ...settings, DUISGATE_CONTROL_LISTEN: control } }
      }
      throw new Error(`it ended: ${said.join('\n')}`)
    },
  }
}

const PORTS = ['SOUTHBOUND', 'NORTHBOUND', 'CONTROL', 'CONTROL_PLANE'].map(
  (name) => `DUISGATE_${name}_LISTEN`,
)

/** What an engine does before it hands over: the root read-only, the volume over it, and what every process expects. */
const CONTAINER = `set -e
root=$1 data=$2; shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$data" "$root/data"
mount -t tmpfs tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec "$@"`

const TLS_SETTINGS = {
  DUISGATE_CONTROL_TLS_CERTIFICATE: '/data/own.pem',
  DUISGATE_CONTROL_TLS_KEY: '/data/own.key',
  DUISGATE_CONTROL_TLS_CA: '/data/ca.pem',
}

/** An empty volume; with the files of `control.tls`, which asks for client certificates. */
function volume(t: Test, hasTls: boolean): string {
  const folder = join(t.testdir({}), hasTls ? 'tls' : 'plain')
  mkdirSync(folder)
  const ca = Authority.root()
  const { cert, key } = ca.issue({ commonName: 'gateway' })
  const files = hasTls ? { 'own.pem': cert, 'own.key': key, 'ca.pem': ca.cert } : {}
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  for (const path of [folder, ...Object.keys(files).map((name) => join(folder, name))])
    chownSync(path, 1000, 1000)
  return folder
}

/** A registry with one package, under a certificate of that CA. */
async function startRegistry(t: Test, ca: Authority) {
  const folder = t.testdir({ package: { 'package.json': '{"name":"tiny","version":"1.0.0"}' } })
  const archive = execFileSync('tar', ['-C', folder, '-cz', 'package'])
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
  const { cert, key } = ca.issue({ commonName: '127.0.0.1' })
  const server = createServer({ cert, key }, ({ url: path }, reply) => {
    if (path?.endsWith('.tgz')) return reply.end(archive)
    const dist = { integrity, tarball: `${url()}tiny/-/tiny-1.0.0.tgz` }
    const versions = { '1.0.0': { name: 'tiny', version: '1.0.0', dist } }
    return reply.end(JSON.stringify({ name: 'tiny', 'dist-tags': { latest: '1.0.0' }, versions }))
  }).listen(0, '127.0.0.1')
  const url = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: url(), integrity }
}

function lockOf(integrity: string): string {
  const tiny = { version: '1.0.0', integrity }
  const own = { name: 'image', version: '1.0.0', dependencies: { tiny: '1.0.0' } }
  const packages = { '': own, 'node_modules/tiny': tiny }
  return JSON.stringify({
    ...{ name: 'image', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages,
  })
}

/** What is shipped for running duisgate: the settings it names exist and are accepted, and files agree with one another. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { CONFIG_FILE_VARIABLE, readConfig } from '../../src/config/read-config.ts'
import { SETTINGS } from '../../src/config/settings.ts'

const VARIABLES = new Set(SETTINGS.map(({ variable }) => variable))

function shipped(name: string): string {
  return readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8')
}

function problemsOf(name: string, environment: Record<string, string> = {}) {
  const file = { name, folder: '/etc/duisgate', text: shipped(name) }
  const read = readConfig({ file, environment, overrides: [], workingFolder: '/' })
  return read.ok ? [] : read.problems
}

for (const name of ['compose/duisgate.yaml', 'kubernetes/duisgate.yaml', 'systemd/duisgate.yaml'])
  t.test(`${name} is a configuration without problems`, async (t) => t.same(problemsOf(name), []))

t.test('every variable that a shipped file sets is a setting', async (t) => {
  const image = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')
  const texts = [
    image,
    ...['compose/compose.yaml', 'kubernetes/gateway.yaml', 'kubernetes/control-plane.yaml'].map(shipped),
  ]
  const names = texts.flatMap((text) => text.match(/\bDUISGATE_[A-Z_]+/g) ?? [])
  t.ok(names.length > 10)
  t.same(
    [...new Set(names)].filter((name) => !VARIABLES.has(name) && name !== CONFIG_FILE_VARIABLE),
    [],
  )
})

t.test('the variables of the compose file are accepted', async (t) => {
  const { services } = parse(shipped('compose/compose.yaml'), { merge: true }) as {
    services: Record<string, { environment?: Record<string, string> }>
  }
  for (const [name, { environment = {} }] of Object.entries(services)) {
    if (name === 'store') continue
    const set = Object.entries(environment).map(([key, value]) => [key, withDefaults(value)])
    t.same(problemsOf('compose/duisgate.yaml', Object.fromEntries(set)), [], name)
  }
})

/** As compose fills in `${NAME:-default}` where the variable is not set. */
function withDefaults(value: string): string {
  return value.replace(/\$\{\w+:-([^}]*)\}/g, '$1')
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly ports?: readonly { readonly targetPort: string }[]
    readonly template?: { readonly spec: { readonly containers: readonly Container[] } }
    readonly selector?: { readonly app?: string; readonly part?: string; readonly matchLabels?: object }
  }
}

interface Container {
  readonly args: readonly string[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
}

t.test(
  'services and probes name ports that the containers open, at the addresses of the configuration',
  async (t) => {
    const settings = parse(shipped('kubernetes/duisgate.yaml')) as Record<
      string,
      { listen?: string; observation?: string }
    >
    const listened = Object.values(settings)
      .flatMap(({ listen, observation }) => [listen ?? [], observation ?? []].flat())
      .map((address) => Number(address.split(':').at(-1)))
    for (const file of ['kubernetes/gateway.yaml', 'kubernetes/control-plane.yaml']) {
      const manifests = parseAllDocuments(shipped(file)).map((document) => document.toJS() as Manifest)
      const containers = manifests.flatMap(({ spec }) => spec.template?.spec.containers ?? [])
      const ports = new Map(
        containers.flatMap((one) => one.ports.map((port) => [port.name, port.containerPort])),
      )
      for (const port of ports.values()) t.ok(listened.includes(port), `${file}: ${port}`)
      for (const { spec } of manifests)
        for (const { targetPort } of spec.ports ?? []) t.ok(ports.has(targetPort), `${file}: ${targetPort}`)
      for (const [, name = ''] of shipped(file).matchAll(/Probe: \{\w+: \{[^}]*port: (\w+)/g))
        t.ok(ports.has(name), name)
    }
  },
)

t.test('each resource that the kustomization lists is there', async (t) => {
  const { resources } = parse(shipped('kubernetes/kustomization.yaml')) as { resources: readonly string[] }
  t.ok(resources.length > 0)
  for (const name of resources)
    for (const document of parseAllDocuments(shipped(`kubernetes/${name}`))) t.same(document.errors, [], name)
})

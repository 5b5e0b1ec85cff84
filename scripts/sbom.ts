/**
 * `npm run --silent sbom`: the packages of a running gateway as a CycloneDX document on standard output.
 *
 * `npm sbom --omit=dev` leaves out a package that a package for tests needs too (npm 11: pg, yaml and lru-cache among them).
 * So npm lists everything that is locked, and what it marks as development goes here.
 */
import { execFileSync } from 'node:child_process'

interface Component {
  readonly 'bom-ref': string
  readonly properties?: readonly { readonly name: string; readonly value: string }[]
}

interface Dependency {
  readonly ref: string
  readonly dependsOn: readonly string[]
}

interface Bom {
  readonly metadata: { readonly component: Component & { readonly name: string } }
  readonly components: readonly Component[]
  readonly dependencies: readonly Dependency[]
}

const words = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx']
const whole = JSON.parse(execFileSync('npm', words, { encoding: 'utf8', maxBuffer: 2 ** 26 })) as Bom

const components = whole.components.filter(({ properties = [] }) => !properties.some(isDevelopment))
const kept = new Set(components.map((component) => component['bom-ref']))
const root = whole.metadata.component
const dependencies = whole.dependencies
  .filter(({ ref }) => ref === root['bom-ref'] || kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }))
/** npm names the project by its folder. */
const component = { ...root, name: root['bom-ref'].replace(/@[^@]*$/, '') }

const document = { ...whole, metadata: { ...whole.metadata, component }, components, dependencies }
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)

function isDevelopment({ name, value }: { readonly name: string; readonly value: string }): boolean {
  return name === 'cdx:npm:package:development' && value === 'true'
}

/** What package-lock.json says of the packages that a running gateway has: read once, for the tests of the supply chain. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** An entry of the lock file, by its path under the project. */
export interface Locked {
  readonly path: string
  readonly name: string
  readonly license: string
  /** Hash of the archive; npm refuses another one. */
  readonly integrity: string | undefined
  /** Has a script that runs when it is installed. */
  readonly hasScript: boolean
  /** Only for tests and builds. */
  readonly isDev: boolean
  readonly isOptional: boolean
  readonly needs: readonly string[]
}

interface LockEntry {
  readonly license?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const ROOT = new URL('../../', import.meta.url)
const FOLDER = 'node_modules/'

function json<T>(name: string): T {
  return JSON.parse(readFileSync(fileURLToPath(new URL(name, ROOT)), 'utf8')) as T
}

const { packages } = json<{ packages: Readonly<Record<string, LockEntry>> }>('package-lock.json')

/** Every package that is locked, but the project itself. */
export const locked: readonly Locked[] = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => lockedOf(path, entry))

/** What `npm ci --omit=dev --omit=optional` installs, as the image does. */
export const installed = locked.filter(({ isDev, isOptional }) => !isDev && !isOptional)

/** Names under `dependencies` of package.json. */
export const direct = Object.keys(
  json<{ dependencies: Readonly<Record<string, string>> }>('package.json').dependencies,
)

function lockedOf(path: string, entry: LockEntry): Locked {
  const { license = 'unknown', integrity, hasInstallScript = false, dev = false } = entry
  return {
    path,
    name: path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
    license,
    integrity,
    hasScript: hasInstallScript,
    isDev: dev,
    isOptional: entry.optional === true || entry.devOptional === true,
    needs: Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }),
  }
}

/** The packages that a direct dependency brings along, without those that are direct ones themselves. */
export function broughtBy(name: string): readonly string[] {
  const found = new Set<string>()
  const visit = (path: string) => {
    const entry = locked.find((one) => one.path === path)
    for (const need of entry?.needs ?? []) {
      const at = resolved(path, need)
      if (at === undefined || found.has(at)) continue
      found.add(at)
      visit(at)
    }
  }
  visit(`${FOLDER}${name}`)
  return [...found].filter((path) => !direct.includes(path.slice(FOLDER.length)))
}

/** Where Node finds a package that another one needs: beside it, or further up. */
function resolved(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf(`/${FOLDER}`))) {
    const path = `${folder}/${FOLDER}${name}`
    if (path in packages) return path
    if (!folder.includes(`/${FOLDER}`)) break
  }
  const path = `${FOLDER}${name}`
  return path in packages ? path : undefined
}

/** `buildah` for tests of the image: images of its own in a folder of the test, on a root made of this machine's own Node. */
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { wardedFolder } from '../support/warden.ts'

const run = promisify(execFile)

/** Containers without an engine's daemon, and images as plain folders: what a build inside a container can have as well. */
const WAY = ['--storage-driver', 'vfs']

export class Buildah {
  readonly folder: string

  constructor(t: Test) {
    this.folder = wardedFolder('duisgate-image-')
    t.teardown(() => rmSync(this.folder, { recursive: true, force: true }))
  }

  /** What it prints; rejects with what it says on standard error. */
  async ask(...words: readonly string[]): Promise<string> {
    const places = ['--root', join(this.folder, 'images'), '--runroot', join(this.folder, 'run')]
    const { stdout } = await run('buildah', [...WAY, ...places, ...words], { maxBuffer: 16_777_216 })
    return stdout.trim()
  }

  /** Builds in Docker's format, which alone has a health check. */
  build(context: string, ...words: readonly string[]): Promise<string> {
    return this.ask('build', '--format', 'docker', '--isolation', 'chroot', '--quiet', ...words, context)
  }

  /** Makes the image `node`: Node, a shell, npm, and what the recipe of the image calls. */
  async buildNode(): Promise<void> {
    const context = join(this.folder, 'node')
    const root = join(context, 'root')
    for (const name of ['proc', 'dev', 'tmp', 'etc']) mkdirSync(join(root, name), { recursive: true })
    copyProgram(root, realpathSync(process.execPath), '/usr/local/bin/node')
    for (const name of ['sh', 'mkdir', 'chown']) copyProgram(root, pathOf(name), `/bin/${name}`)
    copyNpm(root)
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY root/ /\n')
    await this.build(context, '-t', 'node')
  }
}

/** Why there is no image built here; undefined where one can be. */
export function whyNoBuildah(): string | undefined {
  if (process.getuid?.() !== 0) return 'building an image without root needs more than is asked for here'
  try {
    for (const name of ['buildah', 'npm', 'unshare', 'chroot', 'ldd']) pathOf(name)
  } catch (error) {
    return `not installed: ${error instanceof Error ? error.message : error}`
  }
  return undefined
}

function pathOf(name: string): string {
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
  } catch {
    throw new Error(name)
  }
}

/** With its libraries, each where the loader looks for it. */
function copyProgram(root: string, from: string, to: string): void {
  const listed = execFileSync('ldd', [from], { encoding: 'utf8' })
  const libraries = listed.match(/\/\S+/g) ?? []
  for (const [source, target] of [[from, to], ...libraries.map((path) => [path, path])] as const) {
    mkdirSync(dirname(join(root, target)), { recursive: true })
    copyFileSync(source, join(root, target))
  }
}

/** What no program reads when it runs: half of the files of a package, and a build handles each one several times. */
const NEVER_RUN = /\.(?:[cm]?ts|map|md|markdown|scss|njk)$|\/(?:docs|man|test|tests|benchmarks|examples)$/

/** Copies a package without its types, source maps, manuals and tests. */
export function copyWhatRuns(from: string, to: string): void {
  const filter = (path: string) => path === from || !NEVER_RUN.test(path)
  cpSync(from, to, { recursive: true, dereference: true, filter })
}

/** npm is a folder of JavaScript; what it is called by is a script that needs `env`. */
function copyNpm(root: string): void {
  const script = realpathSync(pathOf('npm'))
  const folder = dirname(dirname(script))
  copyWhatRuns(folder, join(root, 'usr/local/lib/npm'))
  const caller = join(root, 'usr/local/bin/npm')
  writeFileSync(caller, `#!/bin/sh\nexec node /usr/local/lib/npm/bin/${basename(script)} "$@"\n`)
  chmodSync(caller, 0o755)
}

// Reports a tap run: one line a file, each failure in full, and the closing line "N passed, N failed[, N skipped]".
// A test case is a point with no test case below it; a failing assertion counts through the case that holds it. A run that
// is cut off names the files that did not run to their end; they count neither as passed nor as failed. `npm test` gives the
// run a temporary folder of its own: what is left in it in the end is named and is one failure.
import { chmodSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { Transform } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { Parser } from 'tap-parser'
import { stringify } from 'tap-yaml'
import { wardFolder } from '../test/support/warden.ts'

/** The temporary folder of this run, as the script `test` of package.json makes it; undefined for one that is shared. */
const OWN_FOLDER = basename(tmpdir()).startsWith('duisgate-run-') ? tmpdir() : undefined

/** Wardens go on for a moment after their tests. */
const PATIENCE_MS = 10_000

/** What the run has left in its temporary folder; it is removed. */
async function leftOvers() {
  if (OWN_FOLDER === undefined) return []
  let names = readNames()
  for (const until = performance.now() + PATIENCE_MS; names.length > 0 && performance.now() < until; ) {
    await pause(100)
    names = readNames()
  }
  rmSync(OWN_FOLDER, { recursive: true, force: true })
  return names
}

/** npm keeps what Node made of its own source, and nobody's test can keep it from that. */
function readNames() {
  return readdirSync(OWN_FOLDER).filter((name) => name !== 'node-compile-cache')
}

/** The file was ended from outside, and not because it took too long. */
function wasCutOff(diag) {
  return ['SIGINT', 'SIGTERM', 'SIGHUP'].includes(diag?.signal) && diag.expired === undefined
}

export default class Reporter extends Transform {
  #root = new Parser()
  #count = { passed: 0, failed: 0, skipped: 0 }
  #cutOff = []

  constructor() {
    super()
    if (OWN_FOLDER !== undefined) {
      wardFolder(OWN_FOLDER)
      chmodSync(OWN_FOLDER, 0o711) // PostgreSQL runs as another user when the tests run as root.
    }
    // The runner ends what it started and reports it when it is interrupted, but not when it is terminated.
    for (const signal of ['SIGTERM', 'SIGHUP'])
      process.once(signal, () => process.kill(process.pid, 'SIGINT'))
    this.#watch(this.#root, [])
    this.#root.on('bailout', (reason) => this.push(`Bail out! ${reason}\n`))
  }

  #watch(parser, path) {
    const children = new Map()
    parser.on('child', (child) => {
      const info = { cases: 0 }
      children.set(child.name, info)
      child.on('child', () => info.cases++)
      this.#watch(child, [...path, child.name])
    })
    parser.on('assert', (point) => this.#point(point, path, children.get(point.name)))
    parser.on('complete', (result) => {
      // The run itself failed (no tests, plan mismatch, time-out) though no case did.
      if (path.length > 0 || result.ok || this.#cutOff.length > 0) return
      if (this.#count.failed === 0) this.#count.failed = 1
    })
  }

  #point(point, path, child) {
    const skipped = Boolean(point.skip || point.todo)
    const isFile = path.length === 0
    if (isFile && !point.ok && wasCutOff(point.diag)) {
      this.#cutOff.push(point.name)
      return
    }
    if (!point.ok && !skipped && !child?.cases) {
      this.push(`not ok ${[...path, point.name].join(' > ')}\n`)
      if (point.diag) this.push(`${stringify(point.diag).replace(/^/gm, '    ')}\n`)
    }
    if (skipped) {
      this.#count.skipped++
      this.push(`skip ${[...path, point.name].join(' > ')} # ${point.skip || point.todo}\n`)
    } else if ((child || isFile) && !child?.cases) this.#count[point.ok ? 'passed' : 'failed']++
    if (isFile && !skipped) {
      const time = point.time ? ` (${Math.round(point.time)} ms)` : ''
      this.push(`${point.ok ? ' ok ' : 'FAIL'} ${point.name}${time}\n`)
    }
  }

  _transform(chunk, _encoding, done) {
    this.#root.write(chunk)
    done()
  }

  async _flush(done) {
    this.#root.end()
    const left = this.#cutOff.length > 0 ? [] : await leftOvers()
    if (left.length > 0) {
      this.#count.failed++
      process.exitCode = 1
      this.push(
        `not ok the temporary folder is empty after the run; left:\n${left.map((name) => `  ${name}\n`).join('')}`,
      )
    }
    const { passed, failed, skipped } = this.#count
    if (this.#cutOff.length > 0) {
      const files = this.#cutOff.map((name) => `  ${name}\n`).join('')
      this.push(`\nThe run was cut off. ${this.#cutOff.length} files did not run to their end:\n${files}`)
    }
    this.push(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`)
    done()
  }
}

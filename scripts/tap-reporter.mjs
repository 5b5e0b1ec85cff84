// Reports a tap run: one line a file, each failure in full, and the closing line "N passed, N failed[, N skipped]".
// A test case is a point with no test case below it; a failing assertion counts through the case that holds it. A run that
// is cut off names the files that did not run to their end; they count neither as passed nor as failed.
import { Transform } from 'node:stream'
import { Parser } from 'tap-parser'
import { stringify } from 'tap-yaml'

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

  _flush(done) {
    this.#root.end()
    const { passed, failed, skipped } = this.#count
    if (this.#cutOff.length > 0) {
      const files = this.#cutOff.map((name) => `  ${name}\n`).join('')
      this.push(`\nThe run was cut off. ${this.#cutOff.length} files did not run to their end:\n${files}`)
    }
    this.push(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`)
    done()
  }
}

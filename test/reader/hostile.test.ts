/**
 * Input made to hurt: refused early, or read with work that grows with its length only.
 *
 * Work is judged by how many bytes the reader takes before it refuses, which is the same on every machine. Times and
 * memory are printed, not asserted.
 */
import t from 'tap'
import type { ReadFaultCode } from '../../src/core/duis/fault.ts'
import { DuisReader } from '../../src/core/duis/reader.ts'
import { plans } from '../support/plans.ts'
import { ATTACKS, bodyWith, MEGABYTE } from './attacks.ts'

const CHUNK_BYTES = 65_536

interface Run {
  readonly fault: ReadFaultCode | undefined
  /** Bytes handed over before the reader said that it needs no more. */
  readonly taken: number
}

/** Reads in chunks, as from a socket, and stops when the reader does. */
function run(message: Buffer, chunkBytes: number): Run {
  const reader = new DuisReader(plans.southbound)
  let taken = 0
  while (taken < message.length) {
    const chunk = message.subarray(taken, taken + chunkBytes)
    taken += chunk.length
    if (!reader.write(chunk)) break
  }
  const result = reader.end()
  return { fault: result.ok ? undefined : result.fault.code, taken }
}

/** A plain message of about the same length, to compare times with. */
function plainMs(length: number): number {
  const message = bodyWith(`<sr:a>text</sr:a>`.repeat(Math.ceil(length / 17)))
  const start = performance.now()
  run(message, CHUNK_BYTES)
  return performance.now() - start
}

for (const { name, message, fault, within } of ATTACKS) {
  t.test(name, async (t) => {
    const start = performance.now()
    const outcome = run(message, CHUNK_BYTES)
    const ms = performance.now() - start
    t.equal(outcome.fault, fault)
    t.equal(run(message, message.length).fault, fault, 'whole, it is the same')
    if (within !== undefined) {
      t.ok(run(message, 256).taken <= within + 256, `refused within ${within} bytes`)
    }
    const rss = Math.round(process.memoryUsage().rss / MEGABYTE)
    const plain =
      within === undefined ? `, a plain message of that length ${plainMs(message.length).toFixed(1)} ms` : ''
    t.comment(
      `${(message.length / MEGABYTE).toFixed(1)} MB: ${ms.toFixed(1)} ms${plain}; process at ${rss} MB`,
    )
  })
}

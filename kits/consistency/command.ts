/**
 * Is a flag in force when the store says so? Runs three gateways on a real PostgreSQL through faults and judges what
 * happened; docs/consistency.md says how to read the answer.
 *
 *   npm run consistency -- [--seconds 120] [--calm 30] [--seed 1] [--lease 2000] [--meters 10]
 *                          [--faults cut,pause,…] [--history FILE]
 *   npm run consistency -- --check FILE      judges a history that was kept
 *
 * Exit code 0: consistent. 1: a violation, or a history that shows too little. The target, p99 of the time to in force
 * below 250 ms without faults, is stated and not judged: it depends on the machine.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { answerHelp, readOptions } from '../../bench/support/help.ts'
import { check } from './checker.ts'
import { type FaultKind, type HistoryLine, linesOf, textOf } from './history.ts'
import { runConsistency } from './run.ts'
import { wordsOf } from './verdict.ts'

answerHelp(import.meta.url)

const KINDS: readonly FaultKind[] = [
  'delay',
  'cut',
  'black-hole',
  'half-open',
  'pause',
  'kill',
  'store-crash',
]

const { values } = readOptions({
  options: {
    seconds: { type: 'string', default: '120' },
    calm: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    lease: { type: 'string', default: '2000' },
    meters: { type: 'string', default: '10' },
    faults: { type: 'string', default: KINDS.join() },
    history: { type: 'string' },
    check: { type: 'string' },
  },
})

const asked = new Set(values.faults.split(','))
const say = (text: string) => process.stdout.write(`${text}\n`)

const lines: readonly HistoryLine[] =
  values.check === undefined
    ? await runConsistency({
        seconds: Number(values.seconds),
        calmSeconds: Number(values.calm),
        seed: Number(values.seed),
        leaseMs: Number(values.lease),
        meters: Number(values.meters),
        kinds: KINDS.filter((kind) => asked.has(kind)),
        say,
      })
    : linesOf(readFileSync(values.check, 'utf8'))

if (values.history !== undefined) writeFileSync(values.history, textOf(lines))
const judgement = check(lines)
say(wordsOf(judgement))
process.exitCode = judgement.violations.length === 0 && judgement.doubts.length === 0 ? 0 : 1

/**
 * What do the pieces cost: reading, deciding, knowing a flag? Other XML readers stand in the same run.
 *
 *   npm run bench:micro -- [--quick] [--rounds 7] [--fleets 10000,1000000,60000000] [--out FILE] [--write-docs]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeSection } from './ladder/documents.ts'
import { type Machine, thisCommit, thisMachine } from './ladder/result.ts'
import { asMarkdown, asText, type Cells } from './ladder/table.ts'
import { barsKept } from './micro/bars.ts'
import { flagCases } from './micro/flag-cases.ts'
import { messagesToRead, readingCases } from './micro/reading-cases.ts'
import { type Timed, timeAll } from './micro/stopwatch.ts'
import { answerHelp, readOptions } from './support/help.ts'
import { digits, spreadText } from './support/spread.ts'

answerHelp(import.meta.url)

const ROOT = fileURLToPath(new URL('../', import.meta.url))

interface MicroResult {
  readonly command: string
  readonly commit: string
  readonly machine: Machine
  readonly rounds: number
  readonly messages: string
  readonly timed: readonly Timed[]
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      fleets: { type: 'string', default: '10000,1000000,60000000' },
      out: { type: 'string', default: join(ROOT, 'bench/results/micro.json') },
      'write-docs': { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 7))
  const messages = messagesToRead()
  const cases = [
    ...(await readingCases(messages)),
    ...(await flagCases(values.fleets.split(',').map(Number))),
  ]
  const timed = await timeAll(cases, { rounds, batchMs: values.quick ? 20 : 200 })
  const result: MicroResult = {
    command: ['npm run bench:micro --', ...args].join(' '),
    commit: thisCommit(ROOT),
    machine: thisMachine(undefined),
    rounds,
    messages: messages.about,
    timed,
  }
  mkdirSync(dirname(values.out), { recursive: true })
  writeFileSync(values.out, `${JSON.stringify(result, undefined, 2)}\n`)
  if (values['write-docs']) writeSection('bench:micro', sectionOf(result))
  console.log(asText(tableOf(timed)))
  const { areKept, lines } = barsKept(timed)
  console.log(`\n${lines.join('\n')}`)
  if (!areKept) process.exitCode = 1
}

/** Nanoseconds a piece, and how often slower than the first of its group. */
function tableOf(timed: readonly Timed[]): Cells {
  return [
    ['what', 'CPU ns', 'GB/s', 'against the first of its group'],
    ...timed.map((one) => rowOf(one, timed)),
  ]
}

function rowOf({ name, group, nanos, gigabytesPerSecond }: Timed, timed: readonly Timed[]): string[] {
  const first = timed.find((other) => other.group === group)
  const ratio = first && first.name !== name ? `× ${digits(nanos.median / first.nanos.median)}` : ''
  const rate = gigabytesPerSecond === undefined ? '' : digits(gigabytesPerSecond)
  return [`${group}: ${name}`, spreadText(nanos), rate, ratio]
}

function sectionOf({ command, commit, machine, rounds, messages, timed }: MicroResult): string {
  const where = `${machine.cores} × ${machine.cpu}, Node ${machine.node}, commit ${commit}, ${rounds} rounds`
  return [`Command: \`${command}\``, `${where}. Messages: ${messages}.`, asMarkdown(tableOf(timed))].join(
    '\n\n',
  )
}

await main(process.argv.slice(2))

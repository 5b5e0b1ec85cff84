/**
 * Has a change made the gateway dearer? To run before a commit; a minute and a half.
 *
 *   npm run bench:guard -- [--keep] [--rounds 8] [--seconds 1]
 *
 * Messages forwarded, rejected and northbound alerts, each in turn with the relay that reads nothing: the CPU time of a
 * message for each unit of the relay's, the median of the pairs, beside what was last kept in bench/results/guard.json.
 * Exit 1 when one is more than 10 % dearer (25 % where another machine or Node kept it) or a reply was wrong; 2 on wrong
 * usage. `--keep` writes what was measured in its place and judges nothing.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { problemsOf } from './ladder/checks.ts'
import { cpuMicros } from './ladder/figures.ts'
import { judged, type KeptRatios, type Ratios, readKept, TOLERANCE, unlike } from './ladder/regression.ts'
import { thisCommit, thisMachine } from './ladder/result.ts'
import { ALERTED, FORWARDED, LADDER, REJECTED, RELAY, type Rung } from './ladder/rungs.ts'
import { type Play, type Played, Stage } from './ladder/stage.ts'
import { asText } from './ladder/table.ts'
import { answerHelp, readOptions } from './support/help.ts'
import { coresOfThisMachine } from './support/pinning.ts'
import { spreadOf } from './support/spread.ts'

answerHelp(import.meta.url)

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const KEPT = fileURLToPath(new URL('results/guard.json', import.meta.url))
const FLEET = { devices: 1_000_000, restrictedShare: 0.02, seed: 1 }
const MESSAGES_IN_POOL = 8_192
const WARM_UP_SECONDS = 0.3

interface Plan {
  readonly keeps: boolean
  readonly rounds: number
  readonly seconds: number
}

class WrongReply extends Error {}

function planOf(args: readonly string[]): Plan {
  const { values } = readOptions({
    args: [...args],
    options: {
      keep: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '8' },
      seconds: { type: 'string', default: '1' },
    },
  })
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
  if (!(rounds >= 1 && seconds > 0)) throw new TypeError('give --rounds and --seconds above 0')
  return { keeps: values.keep, rounds, seconds }
}

function rungNamed(name: string): Rung {
  const rung = LADDER.find((one) => one.name === name)
  if (!rung) throw new Error(`there is no rung ${name}`)
  return rung
}

async function measure({ rounds, seconds }: Plan): Promise<Ratios> {
  const [relay, ...rungs] = [RELAY, FORWARDED, REJECTED, ALERTED].map(rungNamed)
  if (!relay) throw new Error('there is no relay')
  const cores = coresOfThisMachine()
  const stage = new Stage({ fleet: FLEET, seed: FLEET.seed, messagesInPool: MESSAGES_IN_POOL, cores })
  const ratios = new Map(rungs.map((rung) => [rung.name, [] as number[]]))
  try {
    await stage.open()
    for (const rung of [relay, ...rungs]) {
      process.stderr.write(`starting ${rung.name}\n`)
      await stage.add(rung)
      await visit(stage, rung, { messages: MESSAGES_IN_POOL })
    }
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`)
      for (const rung of rungs) {
        const floor = await visit(stage, relay, { seconds })
        ratios.get(rung.name)?.push((await visit(stage, rung, { seconds })) / floor)
      }
    }
  } finally {
    await stage.close()
  }
  return Object.fromEntries([...ratios].map(([name, values]) => [name, spreadOf(values)]))
}

/** CPU of a message, in microseconds. Throws when one was not as it must be. */
async function visit(stage: Stage, rung: Rung, until: Parameters<Play>[0]['until']): Promise<number> {
  const load = { kind: 'closed', inFlight: rung.inFlight } as const
  const played: Played[] = []
  await stage.visit(rung, async (play) => {
    played.push(await play({ until: { seconds: WARM_UP_SECONDS }, load }), await play({ until, load }))
  })
  const problems = played.flatMap(({ report, arrivals }) => problemsOf(report, arrivals))
  if (problems.length > 0) throw new WrongReply(`${rung.name}: ${problems.join('; ')}`)
  return cpuMicros(played[1] ?? unmeasured(rung))
}

function unmeasured({ name }: Rung): never {
  throw new Error(`nothing was measured of ${name}`)
}

function keep(ratios: Ratios): void {
  const kept: KeptRatios = {
    format: 1,
    keptAt: new Date().toISOString(),
    commit: thisCommit(ROOT),
    machine: thisMachine(coresOfThisMachine()),
    ratios,
  }
  writeFileSync(KEPT, `${JSON.stringify(kept, undefined, 2)}\n`)
  console.log(`kept in ${KEPT}`)
}

function judge(ratios: Ratios): number {
  const kept = readKept(KEPT)
  const others = kept ? unlike(kept.machine, thisMachine(coresOfThisMachine())) : []
  const tolerance = others.length === 0 ? TOLERANCE.here : TOLERANCE.elsewhere
  const { table, dearer } = judged(ratios, kept?.ratios ?? {}, tolerance)
  console.log(asText(table))
  if (!kept) console.log('\nnothing has been kept to compare with: run it on the state before, with --keep')
  if (others.length > 0)
    console.log(`\nkept with another ${others.join(', ')}: ${tolerance * 100} % more is allowed`)
  if (dearer.length > 0) console.log(`\ndearer than at ${kept?.commit}: ${dearer.join(', ')}`)
  return dearer.length > 0 ? 1 : 0
}

async function main(args: readonly string[]): Promise<number> {
  const plan = planOf(args)
  const ratios = await measure(plan)
  if (!plan.keeps) return judge(ratios)
  console.log(asText(judged(ratios, {}, 0).table))
  keep(ratios)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof TypeError
  const isWrong = error instanceof WrongReply
  console.error(isUsage || isWrong ? error.message : error)
  process.exitCode = isUsage ? 2 : isWrong ? 1 : 3
}

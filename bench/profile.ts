/**
 * Where does the time of the gateway go? Runs rungs of the ladder under Node's sampling profiler and adds the samples up by area.
 *
 *   npm run bench:profile -- [--rungs flag-hit,reject] [--seconds 3] [--write-docs]
 *
 * The shares are of the samples in which the gateway's thread was busy, its start left out. The profiler costs some ten per cent
 * itself, so shares hold and microseconds are those of the ladder without it.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { wardedFolder } from '../test/support/warden.ts'
import { writeSection } from './ladder/documents.ts'
import { asMarkdown, asText, type Cells } from './ladder/table.ts'
import { answerHelp, readOptions } from './support/help.ts'

answerHelp(import.meta.url)

interface Frame {
  readonly functionName: string
  readonly url: string
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame; readonly children?: number[] }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

/** The first area that fits has the sample. */
const AREAS: readonly (readonly [area: string, fits: (frame: Frame) => boolean])[] = [
  [
    'the answer written: DUIS Response',
    ({ url }) => /response-document|signed-document|gateway\/reject/.test(url),
  ],
  ['learned markup: comparing, learning', ({ url }) => url.includes('src/core/markup')],
  ['reading XML', ({ url }) => url.includes('src/core/duis')],
  ['deciding, flags', ({ url }) => /src\/core\/policy|src\/flags|lru-cache/.test(url)],
  [
    'journal and metrics',
    ({ url }) => /gateway\/(?:message-entry|outcome|record|safety)|\/journal\/|src\/observe/.test(url),
  ],
  ['HTTP, both sides', ({ url }) => url.includes('src/http1')],
  ['the way of a message', ({ url }) => url.includes('src/gateway')],
  ['socket writes', ({ functionName, url }) => url === '' && /^write/.test(functionName)],
  ['garbage collection', ({ functionName }) => functionName === '(garbage collector)'],
  ['inside Node: sockets, streams, timers, promises', ({ url }) => url === '' || url.startsWith('node:')],
]

const OTHER = 'everything else'

/** Loading the program: not what a message costs. */
const START = /amaro|internal\/modules|^node:internal\/bootstrap|node_modules\/(?:yaml|zod)/

const { values } = readOptions({
  options: {
    rungs: { type: 'string', default: 'flag-hit,reject' },
    seconds: { type: 'string', default: '3' },
    'write-docs': { type: 'boolean', default: false },
  },
})

function profileOf(rung: string): Profile {
  const folder = wardedFolder('duisgate-profile-')
  try {
    const words = ['bench/run.ts', '--rungs', rung, '--rounds', '2', '--seconds', values.seconds]
    const { status, stderr } = spawnSync(process.execPath, [...words, '--out', join(folder, 'result.json')], {
      env: { ...process.env, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`the ladder ended with ${status}: ${stderr}`)
    return gatewaysProfile(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function gatewaysProfile(folder: string): Profile {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    const profile: Profile = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    if (profile.nodes.some(({ callFrame }) => callFrame.url.includes('src/gateway/carry'))) return profile
  }
  throw new Error('no profile is that of a gateway')
}

/** Share of the busy time of each area, from 0 to 1. */
function sharesOf({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const micros = new Map<string, number>()
  let busy = 0
  samples.forEach((id, index) => {
    const frame = frames.get(id)
    if (!frame || frame.functionName === '(idle)' || START.test(frame.url)) return
    const area = AREAS.find(([, fits]) => fits(frame))?.[0] ?? OTHER
    const spent = timeDeltas[index] ?? 0
    micros.set(area, (micros.get(area) ?? 0) + spent)
    busy += spent
  })
  return new Map([...micros].map(([area, spent]) => [area, spent / busy]))
}

function tableOf(rungs: readonly string[]): Cells {
  const shares = rungs.map((rung) => sharesOf(profileOf(rung)))
  const areas = [...AREAS.map(([area]) => area), OTHER]
  const share = (of: Map<string, number>, area: string) => `${((of.get(area) ?? 0) * 100).toFixed(1)} %`
  return [['area', ...rungs], ...areas.map((area) => [area, ...shares.map((of) => share(of, area))])]
}

const table = tableOf(values.rungs.split(','))
console.log(asText(table))
if (values['write-docs'])
  writeSection(
    'bench:profile',
    `Command: \`npm run bench:profile -- --rungs ${values.rungs} --write-docs\`\n\n${asMarkdown(table)}`,
  )

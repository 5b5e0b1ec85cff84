/** What the benches take from /proc, who shares a core, and that processes at rest do not outlive their bench. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import t from 'tap'
import { companyOn } from '../../bench/support/pinning.ts'
import { ProcessGroup } from '../../bench/support/process-group.ts'
import { threadTimes, usageOf } from '../../bench/support/process-usage.ts'
import { processes, withoutProc } from '../support/processes.ts'
import { ward } from '../support/warden.ts'

t.test('times of a thread are nanoseconds on a core, then nanoseconds without one', async (t) => {
  t.same(threadTimes('5764600 17782591 3\n'), { runMicros: 5_764.6, waitMicros: 17_782.591 })
  t.same(threadTimes('0 0 0\n'), { runMicros: 0, waitMicros: 0 })
  t.throws(() => threadTimes('no times\n'), /no times of a thread/)
})

t.test('who may run on a core that is measured is its company', async (t) => {
  t.same(companyOn('0', { generator: '1', upstream: '2' }), [])
  t.same(companyOn('0,1', { generator: '1', upstream: '2' }), ['generator'])
  t.same(companyOn('10', { generator: '1,10', upstream: '0' }), ['generator'])
})

/** Leads a group with a child, says both numbers, and uses its core until it is stopped. */
const LEADER = `
const child = require('node:child_process').spawn('sleep', ['600'])
console.log(process.pid + ' ' + child.pid)
for (;;);`

async function startLeader(): Promise<{ group: ProcessGroup; pids: string[] }> {
  const leader = spawn(process.execPath, ['-e', LEADER], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const group = new ProcessGroup(leader)
  const [line] = (await once(createInterface(leader.stdout), 'line')) as [string]
  return { group, pids: line.split(' ') }
}

/** Of each thread, as /proc names it: T is stopped. */
function statesOf(pid: string): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')
    return stat.charAt(stat.lastIndexOf(')') + 2)
  })
}

const stopped = (pids: readonly string[]) => pids.flatMap(statesOf).every((state) => state === 'T')
const running = (pids: readonly string[]) => processes().filter(({ pid }) => pids.includes(pid))

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}

t.test('a group at rest uses nothing, children included, and goes on when it is woken', async (t) => {
  const { group, pids } = await startLeader()
  t.teardown(() => group.end())
  group.rest()
  await until(() => stopped(pids))
  const before = usageOf(group.pid)
  t.ok(before.cpuMicros > 0)
  t.equal(usageOf(group.pid).cpuMicros, before.cpuMicros)
  group.wake()
  await until(() => usageOf(group.pid).cpuMicros > before.cpuMicros)
  group.rest()
  await group.end()
  await until(() => running(pids).length === 0)
})

t.test('a bench that is killed leaves no group behind, at rest or not', { skip: withoutProc }, async (t) => {
  const script = `
    import { spawn } from 'node:child_process'
    import { ProcessGroup } from ${JSON.stringify(import.meta.resolve('../../bench/support/process-group.ts'))}
    const leader = spawn(process.execPath, ['-e', ${JSON.stringify(LEADER)}], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    const group = new ProcessGroup(leader)
    leader.stdout.once('data', (line) => { group.rest(); process.stdout.write(line) })
    setInterval(() => {}, 1_000)`
  const bench = ward(
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  const [line] = (await once(createInterface(bench.stdout), 'line')) as [string]
  const pids = line.trim().split(' ')
  await until(() => stopped(pids))
  t.equal(running(pids).length, 2)
  bench.kill('SIGKILL')
  await until(() => running(pids).length === 0)
})

/** A9: `serve` where it may write nowhere but in its own folder, as a user without rights; and what systemd says of its units. */
import { execFile, spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { allFixtures } from '../../../test/fixtures/all.ts'
import { startStubDsp } from '../../../test/support/stub-dsp.ts'
import { deviceOf, disableSupply, readOf } from '../messages.ts'
import { NotHere, type ProbeScope, type Seen } from '../row.ts'
import { newFolder, ServedGateway } from '../served-gateway.ts'

const run = promisify(execFile)
const NOBODY = '65534'

/** Words before a program: everything read-only but the folder, a user without rights, no way to get any. */
function cellFor(folder: string): readonly string[] {
  const user = ['--unshare-user', '--uid', NOBODY, '--gid', NOBODY]
  const files = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--bind', folder, folder]
  return ['bwrap', ...user, ...files, '--unshare-pid', '--cap-drop', 'ALL', '--die-with-parent']
}

export async function readOnlyRoot(scope: ProbeScope): Promise<Seen> {
  const folder = newFolder(scope)
  const cell = cellFor(folder)
  const [bwrap = '', ...words] = cell
  const look = 'cd /var && touch tmp/x 2>/dev/null && echo writable; id -u; grep NoNewPrivs /proc/self/status'
  const seen = spawnSync(bwrap, [...words, 'sh', '-c', look], { encoding: 'utf8' })
  if (seen.status !== 0) throw new NotHere(`bwrap cannot make a cell here: ${seen.stderr.trim()}`)
  const isClosed = /^65534\nNoNewPrivs:\s+1\n$/.test(seen.stdout)
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const gateway = await ServedGateway.start(scope, {
    folder,
    launcher: cell,
    settings: [`southbound.dspUrl=${dsp.url.origin}`],
  })
  const statuses = new Set<number>()
  for (const { direction, bytes } of allFixtures)
    if (direction === 'southbound') statuses.add((await gateway.send(Buffer.from(bytes))).status)
  // Of a Device that no fixture brings into a home.
  const passes = [await gateway.send(readOf(deviceOf(1))), await gateway.send(disableSupply(deviceOf(1)))]
  const journalled = globSync('journal/*.ndjson', { cwd: folder }).length
  const answered = passes.every(({ status }) => status === 200) && !statuses.has(0) && !statuses.has(500)
  return {
    holds: isClosed && answered && journalled > 0,
    figure: `user ${NOBODY}, no new privileges, root read-only: ${allFixtures.length} fixtures and ${passes.length} messages answered, with ${[...statuses].sort().join(', ')}, journal written ${journalled > 0}`,
  }
}

const UNITS = join(import.meta.dirname, '../../../deploy/systemd')
const MOST = 2

/** The exposure that systemd works out of the units that are shipped: 0 is none, 10 all. */
export async function exposure(_: ProbeScope): Promise<Seen> {
  const figures: string[] = []
  let worst = 0
  for (const unit of globSync('*.service', { cwd: UNITS })) {
    const words = ['security', '--offline=yes', '--no-pager', join(UNITS, unit)]
    const { stdout } = await run('systemd-analyze', words)
    const level = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1] ?? 10)
    worst = Math.max(worst, level)
    figures.push(`${unit} ${level}`)
  }
  return { holds: figures.length > 0 && worst <= MOST, figure: `exposure: ${figures.join(', ')}` }
}

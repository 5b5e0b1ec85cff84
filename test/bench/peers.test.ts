/** Short runs of the ladder over native proxies. Nothing is asserted about time. */
import t from 'tap'
import { versionOf } from '../../bench/ladder/peers.ts'
import { shortRun } from './short-run.ts'

for (const program of ['haproxy', 'nginx'] as const) {
  const skip = versionOf(program) === undefined && `${program} is not installed`
  t.test(`${program} takes its configuration and filters like the gateway`, { skip }, async (t) => {
    const filter = program === 'haproxy' ? 'haproxy-filter' : 'nginx-njs'
    const secure = program === 'haproxy' ? 'haproxy-filter/tls' : 'nginx-njs'
    const { result } = await shortRun(t, `${program},${filter},${filter}/reject,${secure}`)
    t.same(
      result.rungs.flatMap(({ problems }) => problems),
      [],
    )
    const rejecting = result.rungs.find(({ name }) => name === `${filter}/reject`)
    t.same(Object.keys(rejecting?.outcomes ?? {}), ['rejected'])
  })
}

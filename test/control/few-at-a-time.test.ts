import t from 'tap'
import { FewAtATime } from '../../src/control/few-at-a-time.ts'

t.test('no more work runs than may, and what failed has made room', async (t) => {
  const few = new FewAtATime(2)
  const { promise: first, resolve: endFirst } = Promise.withResolvers<string>()
  const { promise: second, reject: failSecond } = Promise.withResolvers<string>()
  const running = [few.run(() => first), few.run(() => second)]
  t.equal(await few.run(async () => 'third'), 'too-many')
  failSecond(new Error('the disk'))
  await t.rejects(running[1] as Promise<string>, /the disk/)
  t.equal(await few.run(async () => 'fourth'), 'fourth')
  endFirst('done')
  t.equal(await running[0], 'done')
})

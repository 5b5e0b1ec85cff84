/** Clients that take a large answer slowly have it whole; those that never take it do not hold their connection for ever. */
import { once } from 'node:events'
import t from 'tap'
import { openSocket } from '../support/raw-client.ts'
import { afterTimeout, LINE, request, startServer, takeWhole } from './start-server.ts'

const SIZE = 24_000_000

for (const closes of [true, false]) {
  const limits = { lingerMs: 100, keepAliveMs: 100 }
  t.test(
    `a client takes ${closes ? 'a last' : 'an'} answer more slowly than connections linger`,
    async (t) => {
      const server = await startServer(
        t,
        (exchange) =>
          takeWhole(exchange, () =>
            exchange.reply({ status: 200, fields: [], body: Buffer.alloc(SIZE), closes }),
          ),
        limits,
      )
      const socket = await openSocket(server.port)
      socket.write(request('x'))
      let taken = 0
      socket.on('data', (bytes: Buffer) => {
        taken += bytes.length
        if (taken > SIZE / 2 && taken - bytes.length <= SIZE / 2) {
          socket.pause()
          afterTimeout(server, 5 * limits.lingerMs).then(() => socket.resume())
        }
      })
      await once(socket, 'close')
      t.ok(taken > SIZE, `took ${taken}`)
    },
  )

  t.test(`a client that never takes ${closes ? 'a last' : 'an'} answer is cut off`, async (t) => {
    const server = await startServer(
      t,
      (exchange) => {
        const answer = () => exchange.reply({ status: 200, fields: [], body: Buffer.alloc(SIZE), closes })
        takeWhole(exchange, answer)
      },
      { ...limits, requestMs: 500 },
    )
    const socket = await openSocket(server.port)
    socket.pause()
    socket.write(request('x'))
    while (server.connections > 0) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    t.pass('it did not have to read')
  })
}

t.test('a drain lets a client take its answer to the end', async (t) => {
  const server = await startServer(t, (exchange) =>
    takeWhole(exchange, () =>
      exchange.reply({ status: 200, fields: [], body: Buffer.alloc(SIZE), closes: false }),
    ),
  )
  const socket = await openSocket(server.port)
  let taken = 0
  const begun = once(socket, 'data')
  socket.on('data', (bytes: Buffer) => {
    taken += bytes.length
  })
  socket.write(request('x'))
  await begun
  socket.pause()
  const resumed = afterTimeout(server, 1_200).then(() => socket.resume())
  const never = new Promise<never>(() => {})
  await Promise.all([server.drain(never), resumed, once(socket, 'close')])
  t.ok(taken > SIZE, `took ${taken}`)
})

t.test('a drain does not wait for a client beyond its deadline', async (t) => {
  const server = await startServer(t, (exchange) =>
    takeWhole(exchange, () =>
      exchange.reply({ status: 200, fields: [], body: Buffer.alloc(SIZE), closes: false }),
    ),
  )
  const socket = await openSocket(server.port)
  socket.pause()
  socket.write(`${LINE}Content-Length: 0\r\n\r\n`)
  while (server.inFlight > 0 || server.connections === 0)
    await new Promise((resolve) => setImmediate(resolve))
  await server.drain(afterTimeout(server, 700))
  t.pass('it ended')
  socket.destroy()
})

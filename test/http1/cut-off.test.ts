/** A connection that the server itself cuts, as it does when its client is no longer trusted. */
import t from 'tap'
import { openSocket, readToEnd } from '../support/raw-client.ts'
import { request, startServer, takeWhole } from './start-server.ts'

t.test(
  'no message that was sent ahead is handled once the connection is cut, whenever its answers come',
  async (t) => {
    const handled: string[] = []
    const server = await startServer(t, (exchange) =>
      takeWhole(exchange, (body) => {
        handled.push(body.toString())
        exchange.socket.destroy()
        exchange.reply({ status: 200, fields: [], body, closes: false })
      }),
    )
    const socket = await openSocket(server.port)
    socket.write(['first', 'second', 'third'].map((body) => request(body)).join(''))
    t.equal(await readToEnd(socket), '')
    t.same(handled, ['first'])
  },
)

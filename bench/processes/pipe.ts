/** The rung `pipe`: a relay on `node:net` that reads nothing. The least that any gateway in Node can cost. */
import { connect, createServer } from 'node:net'
import { answerCalls } from './calls.ts'

export type PipeCalls = {
  start(options: { readonly farSidePort: number }): Promise<{ readonly port: number }>
}

const calls: PipeCalls = {
  async start({ farSidePort }) {
    const server = createServer({ noDelay: true }, (near) => {
      const far = connect({ host: '127.0.0.1', port: farSidePort, noDelay: true })
      near.pipe(far).pipe(near)
      near.on('error', () => far.destroy()).on('close', () => far.destroy())
      far.on('error', () => near.destroy()).on('close', () => near.destroy())
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
    await promise
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the relay has no port')
    return { port: address.port }
  },
}

answerCalls(calls)

/**
 * An upstream on https in a thread of its own, as an upstream is: its replies come while this side's event loop is at
 * whatever it is at. Sends its port, and for every question after that the connections it has had.
 */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

let connections = 0
const server = createServer(workerData, (incoming, reply) => {
  incoming.resume().on('end', () => reply.end('taken'))
})
server.on('secureConnection', () => connections++)
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
parentPort?.on('message', () => parentPort?.postMessage(connections))

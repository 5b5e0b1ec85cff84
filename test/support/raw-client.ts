/** A client that sends bytes as they are, for requests that no HTTP library would write. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends the bytes and has everything that came back until the other side closed. */
export async function sendRaw(port: number, ...pieces: readonly string[]): Promise<string> {
  const socket = await openSocket(port)
  for (const piece of pieces) socket.write(piece, 'latin1')
  return readToEnd(socket)
}

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Everything the other side sends until it closes; a reset counts as closing. */
export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

/** Status codes of the replies in what came back, in order. */
export function statusesIn(replies: string): number[] {
  return [...replies.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

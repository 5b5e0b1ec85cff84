/** A port of loopback that is free, for programs that cannot say which they took. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below what systems hand out by themselves (RFC 6335 §6; Linux from 32,768 on), so that nobody is given it meanwhile. */
const [LOWEST, HIGHEST] = [16_384, 32_767]

export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (await canListen(port)) return port
  }
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

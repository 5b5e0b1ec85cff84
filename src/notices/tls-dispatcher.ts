/**
 * Connections to partners over TLS with files of our own: the partner must come from one of the configured CAs, and is shown
 * our certificate where it asks for one. Files that change count from the next connection on, revocation at once.
 */
import { Agent, buildConnector, type Dispatcher } from 'undici'
import type { TlsDialer } from '../tls/dialer.ts'

export interface TlsDispatcherOptions {
  readonly dialer: TlsDialer
  /** Connections to the partner at once. */
  readonly connections: number
  /** A connection that is not open by then is given up; milliseconds. */
  readonly connectMs: number
}

/** Connections to one partner; those to plain http go without TLS. */
export function tlsDispatcher({ dialer, connections, connectMs }: TlsDispatcherOptions): Dispatcher {
  const plain = buildConnector({ timeout: connectMs })
  return new Agent({
    connections,
    connect: (options, callback) => {
      if (options.protocol === 'https:') open(dialer, connectMs, originOf(options), callback)
      else plain(options, callback)
    },
  })
}

/** The port is empty where it is that of https. */
function originOf({ hostname, port }: buildConnector.Options): URL {
  return new URL(`https://${hostname}:${port}`)
}

function open(dialer: TlsDialer, connectMs: number, origin: URL, callback: buildConnector.Callback): void {
  const fail = (error: Error) => {
    clearTimeout(timer)
    callback(error, null)
  }
  const socket = dialer.to(origin)(() => {
    clearTimeout(timer)
    socket.off('error', fail)
    callback(null, socket)
  })
  const timer = setTimeout(() => socket.destroy(new ConnectTooSlow()), connectMs)
  socket.once('error', fail)
}

class ConnectTooSlow extends Error {
  readonly code = 'ETIMEDOUT'

  constructor() {
    super('the connection was not open in time')
  }
}

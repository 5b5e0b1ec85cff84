/** What commands that stay up have in common: how they learn to stop, and what they say when an address is not to be had. */
import { codeOf } from './configuration.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

/** Resolves with the name of the first signal that ends the service. */
export function untilToldToStop(terminal: Terminal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) terminal.onSignal(signal, () => resolve(signal))
  return promise
}

/** An address that cannot be had is the commonest failure to start; everything else is thrown as it is. */
export function adviseOnAddress(error: unknown, setting: string): never {
  const code = codeOf(error)
  if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') throw error
  const message = error instanceof Error ? error.message : code
  throw new CommandError(
    EXIT.failure,
    `${message}; choose another address, for example with --set ${setting}=HOST:PORT`,
    { cause: error },
  )
}

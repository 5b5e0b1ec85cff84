/** What commands that stay up have in common: how they learn to stop, and what they say when an address is not to be had. */
import { CommandError, EXIT, type Terminal } from '../cli/terminal.ts'

/** Resolves with the name of the first signal that ends the service. */
export function untilToldToStop(terminal: Terminal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) terminal.onSignal(signal, () => resolve(signal))
  return promise
}

/** An address that cannot be had is the commonest failure to start; everything else is thrown as it is. */
export function adviseOnAddress(error: unknown, setting: string): never {
  if (!(error instanceof Error) || !('syscall' in error)) throw error
  const { message, syscall } = error
  if (syscall !== 'listen' && syscall !== 'bind') throw error
  throw new CommandError(
    EXIT.failure,
    `${message}; choose another address, for example with --set ${setting}=HOST:PORT`,
    { cause: error },
  )
}

/** What processes that stay up have in common: how they learn to stop, and what they say when an address is taken. */

/** The signals of the process that runs. */
export interface Signals {
  /** Calls `handler` whenever the signal arrives, in place of its default action. */
  onSignal(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', handler: () => void): void
}

/** Resolves with the name of the first signal that ends the service. */
export function untilToldToStop(signals: Signals): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) signals.onSignal(signal, () => resolve(signal))
  return promise
}

/** An address that cannot be had is the commonest failure to start; everything else is thrown as it is. */
export function adviseOnAddress(error: unknown, setting: string): never {
  if (!(error instanceof Error) || !('syscall' in error)) throw error
  const { message, syscall } = error
  if (syscall !== 'listen' && syscall !== 'bind') throw error
  throw new Error(`${message}; choose another address, for example with --set ${setting}=HOST:PORT`)
}

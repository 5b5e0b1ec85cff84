/**
 * The log: for people who run the gateway. It never holds a message, a Device ID or a header value that could be a
 * secret; what happened to one message is in the journal, under the decision that both name.
 */
import { type DestinationStream, type Logger, pino } from 'pino'
import { openLogSink } from './log-sink.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  /** `silent` switches it off. */
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** Standard output when absent. */
  readonly destination?: DestinationStream
}

/** Fields that no log line may hold, wherever a mistake puts them. */
const NEVER = ['body', 'bytes', 'devices', 'device', 'key', 'headers', 'authorization']

export function createLog({ level, destination }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: NEVER.flatMap((name) => [name, `*.${name}`]), remove: true },
  }
  return pino(options, destination ?? openLogSink())
}

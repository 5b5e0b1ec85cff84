/** Where Devices and their Restricted flags are held. */
import { z } from 'zod'
import { namesPostgres, readConnectionText, strayAddressProblem } from '../store/postgres/connection-text.ts'
import { setting } from './kinds.ts'

export const storeSchema = z
  .strictObject({
    location: setting(z.string().min(1).superRefine(refuse(storeProblem)).default('data/duisgate.db'), {
      description:
        'Where Devices and their Restricted flags are held: an SQLite file, or PostgreSQL for many gateways, as libpq names one. Several hosts: whichever is the primary.',
      accepts: 'the path of a file, a postgres:// URL, or KEYWORD=VALUE as libpq has it',
      example: 'postgres://duisgate@db1.internal,db2.internal/duisgate?target_session_attrs=read-write',
      isPath: true,
      isSecret: true,
    }),
    listen: setting(z.string().min(1).superRefine(refuse(listenProblem)).optional(), {
      description:
        'With a pooler in transaction mode at `store`: where to listen for changes past it, which no such pooler carries.',
      accepts: 'a postgres:// URL, or KEYWORD=VALUE as libpq has it',
      example: 'postgres://duisgate@db1.internal,db2.internal/duisgate?target_session_attrs=read-write',
      isSecret: true,
    }),
    migrate: setting(z.enum(['auto', 'never']).default('auto'), {
      description:
        'Whether the schema is brought up to date as the store is opened. never: it is only looked at, and `duisgate schema migrate` does it, as a role that may.',
      accepts: 'auto or never',
      example: 'never',
    }),
  })
  .superRefine(({ location, listen }, context) => {
    if (listen === undefined || namesPostgres(location)) return
    const message = 'store.listen is for a PostgreSQL; store is a file'
    context.addIssue({ code: 'custom', message, path: ['listen'], params: { isWhole: true } })
  })
  .prefault({})
  .meta({ shorthand: 'location' })

type Settings = z.output<typeof storeSchema>

/** With what is not configured, such as a store that is named on the command line, as it is by default. */
export type StoreSettings = Pick<Settings, 'location' | 'listen'> & Partial<Pick<Settings, 'migrate'>>

/** Whether it is a setting of how the store is reached. */
export function isOfStore(key: string): boolean {
  return key === 'store' || key === 'store.listen'
}

/** Whether both name the same database of a PostgreSQL, by whichever hosts, credentials and certificates. */
export function isSameDatabase(one: StoreSettings, other: StoreSettings): boolean {
  const [first, second] = [databaseOf(one), databaseOf(other)]
  return first !== undefined && first === second
}

/** Undefined: none, or one that cannot be read. */
function databaseOf({ location, listen }: StoreSettings): string | undefined {
  const reading = namesPostgres(location) ? readConnectionText(location) : undefined
  if (!reading?.ok) return undefined
  const { database, options } = reading.address
  return JSON.stringify([database, options, listen !== undefined])
}

/** What is wrong with a store's location, without a word of it; undefined when it may be one. */
export function storeProblem(text: string): string | undefined {
  return namesPostgres(text) ? connectionProblem('store', text) : stray(text)
}

function listenProblem(text: string): string | undefined {
  return namesPostgres(text) ? connectionProblem('store.listen', text) : 'store.listen names no PostgreSQL'
}

function connectionProblem(key: string, text: string): string | undefined {
  const reading = readConnectionText(text)
  return reading.ok ? undefined : `${key} ${reading.problem}`
}

function stray(text: string): string | undefined {
  const problem = strayAddressProblem(text)
  return problem && `store ${problem}`
}

/** The problem is the whole of what is said: what was given may hold a password. */
function refuse(problemOf: (text: string) => string | undefined) {
  return (text: string, context: z.core.$RefinementCtx<string>) => {
    const message = problemOf(text)
    if (message !== undefined)
      context.addIssue({ code: 'custom', message, input: text, params: { isWhole: true } })
  }
}

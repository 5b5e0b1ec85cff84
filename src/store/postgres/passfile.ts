/**
 * Passwords from a file as libpq has it, `host:port:database:user:password` a line. It is read for each new connection, so that a
 * password that is changed there is taken without a restart.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
import { open } from 'node:fs/promises'

/** What a connection is for. */
export interface ConnectionTarget {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

/** Undefined when no line is for it. Throws when the file cannot be read, or by others than its owner and group. */
export async function passwordFrom(file: string, target: ConnectionTarget): Promise<string | undefined> {
  const handle = await open(file)
  try {
    const { mode } = await handle.stat()
    if ((mode & 0o007) !== 0) throw new Error(`the passfile ${file} is open to everybody; chmod o= it`)
    return passwordIn(await handle.readFile('utf8'), target)
  } finally {
    await handle.close()
  }
}

function passwordIn(text: string, { host, port, database, user }: ConnectionTarget): string | undefined {
  const wanted = [host, `${port}`, database, user]
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const fields = [...line.matchAll(/((?:[^:\\]|\\.)*)(?::|$)/g)].map(([, field = '']) => field)
    const isMeant = wanted.every((value, place) => fields[place] === '*' || plain(fields[place]) === value)
    if (isMeant) return plain(fields[wanted.length]) || undefined
  }
  return undefined
}

function plain(field = ''): string {
  return field.replaceAll(/\\(.)/g, '$1')
}

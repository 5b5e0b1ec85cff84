/**
 * What operators put in front of PostgreSQL: HAProxy, which asks each server whether it is the primary, and PgBouncer. Both are
 * run with the files under deploy/, in which only addresses and folders are the test's own. Absent on many machines.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { give, KeptServer, unprivilegedFolder } from './kept-server.ts'
import { PASSWORD, type ReplicatedServer } from './replicated-postgres.ts'
import type { TestScope } from './start-gateway.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy/postgresql')

function without(program: string, word: string): string | false {
  return spawnSync(program, [word]).status !== 0 && `${program} is not installed`
}

/** Why tests that need them cannot run here; false when they can. */
export const withoutHaproxy = without('haproxy', '-v')
export const withoutPgbouncer = without('pgbouncer', '--version')

export interface StoreFront {
  readonly port: number
  stop(): Promise<void>
}

/** Passes connections on to whichever server is the primary, and cuts those to one that is not any more. */
export async function startHaproxy(t: TestScope, servers: readonly ReplicatedServer[]): Promise<StoreFront> {
  const folder = unprivilegedFolder('haproxy-')
  const port = await freePort()
  const check = join(folder, 'is-primary')
  const passwords = join(folder, 'pgpass')
  put(passwords, `*:*:*:*:${PASSWORD.replaceAll(':', '\\:')}\n`)
  put(check, deployed('is-primary').replace('/etc/haproxy/pgpass', passwords), 0o755)
  const lines = servers.map(({ name, address }) => `  server ${name} ${address} check`)
  const config = deployed('haproxy.cfg')
    .replace(/^ {2}(?:user|group) .*\n/gm, '')
    .replace(/bind \S+/, `bind 127.0.0.1:${port}`)
    .replace('/etc/haproxy/is-primary', check)
    .replace(/(?:^ {2}server .*\n)+/m, `${lines.join('\n')}\n`)
  put(join(folder, 'haproxy.cfg'), config)
  const kept = await KeptServer.start(
    ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')],
    // Its first look at a server that is no primary has come back.
    { isReady: /Server primary\/\S+ is DOWN/, last: 'TERM' },
  )
  t.teardown(() => kept.end())
  return { port, stop: () => kept.end() }
}

export interface PgbouncerOptions {
  readonly mode: 'session' | 'transaction'
  /** Where it connects to: a server, or a proxy in front of several. */
  readonly target: { readonly port: number }
  /** True: pools and time-outs as PgBouncer comes, not as the file has them. */
  readonly isUntuned?: boolean
}

const TUNED =
  /^(?:default_pool_size|max_client_conn|server_login_retry|server_connect_timeout|query_wait_timeout) = .*$/gm

export async function startPgbouncer(
  t: TestScope,
  { mode, target, isUntuned = false }: PgbouncerOptions,
): Promise<StoreFront> {
  const folder = unprivilegedFolder('pgb-')
  const port = await freePort()
  const users = join(folder, 'userlist.txt')
  put(users, `"duisgate" "${PASSWORD}"\n`)
  const config = deployed('pgbouncer.ini')
    .replace(/^duisgate = .*$/m, `duisgate = host=127.0.0.1 port=${target.port} dbname=duisgate`)
    .replace(/^listen_addr = .*$/m, 'listen_addr = 127.0.0.1')
    .replace(/^listen_port = .*$/m, `listen_port = ${port}`)
    .replace(/^auth_file = .*$/m, `auth_file = ${users}`)
    .replace(/^pool_mode = .*$/m, `pool_mode = ${mode}`)
    .replace(/^(?:unix_socket_dir|pidfile|logfile) = .*$/gm, '')
  put(join(folder, 'pgbouncer.ini'), `${isUntuned ? config.replace(TUNED, '') : config}\nunix_socket_dir =\n`)
  const kept = await KeptServer.start(['pgbouncer', join(folder, 'pgbouncer.ini')], {
    isReady: /process up/,
    last: 'TERM',
  })
  t.teardown(() => kept.end())
  return { port, stop: () => kept.end() }
}

function deployed(name: string): string {
  return readFileSync(join(DEPLOY, name), 'utf8')
}

function put(file: string, text: string, mode = 0o600): void {
  writeFileSync(file, text)
  chmodSync(file, mode)
  give(file)
}

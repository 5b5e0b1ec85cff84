/** Databases with the roles of `deploy/postgresql/roles.sql`, migrated by the owner: each as a copy of the first. */
import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { runOn, type TestPostgres } from '../support/postgres.ts'

export const ROLES_SQL = readFileSync(new URL('../../deploy/postgresql/roles.sql', import.meta.url), 'utf8')

export type RoleName = 'owner' | 'control' | 'gateway' | 'reader'

export class RoledDatabases {
  readonly #template: pg.ClientConfig
  #count = 0

  private constructor(template: pg.ClientConfig) {
    this.#template = template
  }

  /** Makes the roles, lets the owner migrate, and grants. */
  static async make(server: TestPostgres): Promise<RoledDatabases> {
    const template = await server.database()
    await runOn(template, ROLES_SQL)
    const owner = { ...template, user: 'duisgate_owner' }
    await (await openPostgresStore({ connection: owner, mayLoseCommits: true })).close()
    await runOn(template, ROLES_SQL)
    return new RoledDatabases(template)
  }

  /** An empty database; how a role connects to it, without a name for whoever may do everything. */
  async database(): Promise<(role?: RoleName) => pg.ClientConfig> {
    this.#count += 1
    const database = `${this.#template.database}_${this.#count}`
    const text = `CREATE DATABASE ${database} TEMPLATE ${this.#template.database}`
    await runOn({ ...this.#template, database: 'postgres' }, text)
    return (role) => ({ ...this.#template, database, ...(role && { user: `duisgate_${role}` }) })
  }
}

/** As the setting `store` has it. */
export function urlOf({ user, database, host }: pg.ClientConfig): string {
  return `postgres://${user}@/${database}?host=${encodeURIComponent(host ?? '')}`
}

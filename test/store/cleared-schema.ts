/**
 * A schema of a test server for case after case: made as the product makes it, then brought back to what it was, which is a
 * fraction of the work of making it anew.
 */
import type pg from 'pg'
import { runOn, type TestPostgres } from '../support/postgres.ts'

/** What the tables held at first, which is a row here and there, is kept in a second schema. */
const KEEP = `
  DO $$ DECLARE named text; BEGIN
    EXECUTE format('CREATE SCHEMA %I', current_schema || '_kept');
    FOR named IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema LOOP
      EXECUTE format('CREATE TABLE %I.%I AS TABLE %I', current_schema || '_kept', named, named);
    END LOOP;
  END $$`

const CLEAR = `
  DO $$ DECLARE named text; BEGIN
    FOR named IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema LOOP
      EXECUTE format('DELETE FROM %I', named);
      EXECUTE format('INSERT INTO %I SELECT * FROM %I.%I', named, current_schema || '_kept', named);
    END LOOP;
  END $$`

/** A schema for one case. */
interface LentSchema {
  readonly connection: pg.ClientConfig
  /** Says that the case is over. One that is not, as it ran out of time, keeps its schema, and the next has another. */
  readonly giveBack: () => void
}

/** Lends a schema that is as `make` leaves one. */
export function clearedSchema(
  server: TestPostgres,
  make: (connection: pg.ClientConfig) => Promise<void>,
): () => Promise<LentSchema> {
  const free: pg.ClientConfig[] = []
  const made = async () => {
    const connection = await server.schema()
    await make(connection)
    await runOn(connection, KEEP)
    return connection
  }
  return async () => {
    const last = free.pop()
    if (last) await runOn(last, CLEAR)
    const connection = last ?? (await made())
    return { connection, giveBack: () => void free.push(connection) }
  }
}

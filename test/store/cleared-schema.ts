/**
 * One schema of a test server for case after case: made as the product makes it, then brought back to what it was, which is a
 * fraction of the work of making it anew.
 */
import pg from 'pg'
import type { TestPostgres } from '../support/postgres.ts'

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

/** How to connect to a schema that is as `make` leaves one; nothing may use the one given before any more. */
export function clearedSchema(
  server: TestPostgres,
  make: (connection: pg.ClientConfig) => Promise<void>,
): () => Promise<pg.ClientConfig> {
  let made: pg.ClientConfig | undefined
  return async () => {
    if (made === undefined) {
      const connection = await server.schema()
      await make(connection)
      await run(connection, KEEP)
      made = connection
    } else await run(made, CLEAR)
    return made
  }
}

async function run(connection: pg.ClientConfig, text: string): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

-- Roles with few rights for duisgate on PostgreSQL 14 and later.
--
-- Once, as a superuser, in duisgate's database and with its schema first in the search path:
--   psql -d duisgate -f roles.sql                        -- makes the roles; there is nothing to grant on yet
--   psql -d duisgate -c '\password duisgate_owner'       -- and so on for each
--   duisgate schema migrate --store postgres://duisgate_owner@…/duisgate
-- and again after every migration, because a migration may bring tables:
--   psql -d duisgate -1 -f roles.sql
--
-- duisgate_owner    owns the tables: `duisgate schema migrate`, and nothing that stays up
-- duisgate_control  control planes, imports, roll-up, retention and every other command
-- duisgate_gateway  gateways
-- duisgate_reader   whoever looks only: reports, dashboards

DO $roles$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['duisgate_owner', 'duisgate_control', 'duisgate_gateway', 'duisgate_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', role);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role);
  END LOOP;
  EXECUTE format('GRANT CREATE ON SCHEMA %I TO duisgate_owner', current_schema());
  EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema());
END
$roles$;

-- Nothing to grant on before the first migration.
DO $grants$
BEGIN
  IF to_regclass('schema_version') IS NULL THEN RETURN; END IF;

  -- The gateway: what it decides by and what it tells, and nothing of who set a flag, why, and who looked. What it observes it leaves
  -- in left_events. An epoch begins with whoever first reaches a new primary.
  GRANT SELECT ON head, changes, confirmations, epochs, devices, flags, gateways, left_events, traffic_events,
    table_revisions, table_proposals, store_identity, schema_version TO duisgate_gateway;
  GRANT INSERT ON confirmations, epochs, left_events TO duisgate_gateway;
  GRANT INSERT, UPDATE ON gateways TO duisgate_gateway;
  GRANT UPDATE (held_until_ms) ON epochs TO duisgate_gateway;

  -- The control plane: all that makes up a flag's life. What was once written of history, audit and tables stays as it is.
  GRANT SELECT ON store_identity, schema_version TO duisgate_control;
  GRANT SELECT, INSERT ON audit, changes, confirmations, flag_history, past_placements, table_revisions
    TO duisgate_control;
  GRANT SELECT, INSERT, UPDATE ON head, notice_head, epochs, gateways, devices, registrations, restrictions, flags,
    tasks, table_proposals, incidents, access_tokens, prepayment_sightings, import_progress TO duisgate_control;
  GRANT SELECT, INSERT, UPDATE, DELETE ON members, idempotent_answers, leases, schedules, traffic_events, left_events, flag_news,
    task_news, told, notices, report_journals, report_counts, report_blocked, report_sightings, report_lists,
    report_list_days, leak_checks TO duisgate_control;
  GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON staged_devices, staged_registrations TO duisgate_control;

  -- Who looks only. Not the answers to requests, which are their party's, nor access tokens.
  GRANT SELECT ON store_identity, schema_version, head, changes, confirmations, epochs, gateways, devices,
    registrations, restrictions, members, flags, flag_history, tasks, audit, table_revisions, table_proposals,
    schedules, incidents, prepayment_sightings, traffic_events, left_events, past_placements, notices, notice_head,
    told, flag_news, task_news, leases, report_journals, report_counts, report_blocked, report_sightings, report_lists,
    report_list_days, leak_checks TO duisgate_reader;
END
$grants$;

/** F: a store that fails over, and what operators do to one. */
import {
  lostChange,
  lostStandby,
  onlyStandby,
  promotions,
  promotionsBehindProxy,
  unfenced,
} from '../probes/fail-over.ts'
import { endedConnections, fullStore, otherPassword } from '../probes/store-operations.ts'
import { probe, type Row, tests } from '../row.ts'

const PSQL = { program: 'psql', package: 'postgresql' }
const MOUNT = { program: 'mount', package: 'mount' }
const HAPROXY = { program: 'haproxy', package: 'haproxy' }

const PUT_OFF =
  'known flags decide for the lease; then what a flag can stop is put off with 503, the rest goes on'

export const ROWS: readonly Row[] = [
  {
    id: 'F1',
    fault: 'The primary dies and its synchronous standby is promoted',
    how: 'SIGQUIT to the primary while flags are set over the API and messages come, `pg_promote`, the old one made anew as the standby, 20 times; 3 times behind HAProxy',
    holds:
      'no change that was answered is lost; no read goes on after its flag is in force; both planes go on by themselves',
    messages: PUT_OFF,
    operator:
      '`duisgate_flag_in_step` 0 and warnings in the log meanwhile; a change stays `propagating` until the gateways of the new primary have it',
    proofs: [
      probe(promotions, PSQL),
      probe(promotionsBehindProxy, PSQL, HAPROXY),
      tests('store/primary', /primary is found|later timeline/),
    ],
  },
  {
    id: 'F2',
    fault: 'An asynchronous standby is promoted that lacks a change',
    how: 'the standby is cut off, a flag comes in force, the primary is killed, the standby promoted',
    holds: 'the gateway does not take the older state for the newer; nothing leaks',
    messages: 'what a flag can stop is put off with 503, the rest goes on',
    operator: 'an error in the log, not ready, until started with `--accept-store-reset`',
    proofs: [probe(lostChange, PSQL)],
  },
  {
    id: 'F3',
    fault: 'The only synchronous standby is lost',
    how: 'the standby is stopped while messages come, and started again',
    holds:
      'no change is answered as kept before it is; nothing leaks; all goes on by itself with the standby back',
    messages:
      'past the lease, because reports cannot be kept, what a flag can stop is put off with 503; the rest goes on',
    operator: '503 `outcome-unknown` at the API, then 503; warnings in the log; `duisgate_flag_in_step` 0',
    proofs: [probe(lostStandby, PSQL)],
  },
  {
    id: 'F4',
    fault: 'A synchronous standby is promoted and the old primary is not fenced',
    how: 'the old primary goes on running, with a gateway that knows no other host',
    holds: 'no read goes on at that gateway once the new primary has the flag in force',
    messages:
      'at that gateway, because its reports cannot be kept, what a flag can stop is put off with 503; the rest goes on',
    operator: 'that gateway’s `duisgate_flag_in_step` is 0, and it warns in its log',
    proofs: [probe(unfenced, PSQL)],
  },
  {
    id: 'F5',
    fault: '`store` names a standby by mistake',
    how: 'a gateway started on the standby alone, which is promoted later',
    holds: 'a standby is never read; once it is the primary the gateway goes on without a restart',
    messages: 'what a flag can stop is put off with 503, the rest goes on',
    operator: 'the log and `duisgate check --connect` say that it is a standby; not ready',
    proofs: [
      probe(onlyStandby, PSQL),
      tests('store/primary', /of each host/),
      tests('store/pgbouncer', /a standby/),
    ],
  },
  {
    id: 'F6',
    fault: 'Somebody ends the connections of both planes',
    how: '`pg_terminate_backend` for all of them, 50 times, while flags are set and messages come',
    holds: 'no change that was answered is lost; nothing leaks; no message that nothing may stop is stopped',
    messages: 'decided by known flags; a look-up that was under way is made again or put off',
    operator: 'a change under way is answered 503',
    proofs: [probe(endedConnections, PSQL)],
  },
  {
    id: 'F7',
    fault: 'The password of the role is changed',
    how: '`ALTER ROLE`, every connection ended, the new one written to the passfile; the same in the configuration, with SIGHUP',
    holds: 'both planes go on with the new one, without a restart',
    messages: PUT_OFF,
    operator: 'warnings in the log until the new one is there',
    proofs: [probe(otherPassword, PSQL), tests('cli/store-password')],
  },
  {
    id: 'F8',
    fault: 'The disk of PostgreSQL is full',
    how: 'its data on a tmpfs of 144 MB that is filled while flags are asked for and messages come',
    holds: 'no change that was answered is lost; nothing leaks; all goes on with room on the disk',
    messages: 'decided by known flags for as long as reports are kept; then as F3',
    operator: '503 at the API, errors in the log; where PostgreSQL gives up it is started again',
    proofs: [probe(fullStore, PSQL, MOUNT)],
  },
  {
    id: 'F9',
    fault: 'A transaction in which nothing happens, or a statement that waits for ever',
    how: 'a change that stops in the middle, and a lock that is never given up; directly and behind PgBouncer in both modes',
    holds: 'the server ends both in their time, and other writers go on',
    messages: 'not concerned: look-ups wait for no writer',
    operator: '503 at the API',
    proofs: [tests('store/pgbouncer', /in \w+ mode|without PgBouncer/)],
  },
]

/** D: what is answered is kept. */
import { failingCalls, fullDisk, fullJournalDisk, slowSyncs } from '../probes/disk.ts'
import { killedServer } from '../probes/postgres.ts'
import { probe, type Row, tests } from '../row.ts'

const STRACE = { program: 'strace', package: 'strace' }
const MOUNT = { program: 'mount', package: 'mount' }

export const ROWS: readonly Row[] = [
  {
    id: 'D1',
    fault: 'kill -9 anywhere from setting a flag to the partner having its notice',
    how: 'writers, senders, imports and roll-ups killed at random, on SQLite and PostgreSQL; every statement of a change made to fail',
    holds:
      'no answered change, notice or count lost; repeats under the same ID; order of a Device kept; recovery by itself',
    messages: 'not concerned: they are carried by another process',
    operator: 'the log says what was started again',
    proofs: [
      tests('store/kills'),
      tests('notices/kills'),
      tests('notices/failing-statement'),
      tests('reports/rollup', /killed at random/),
      tests('restriction/failing-store'),
    ],
    notHere:
      '1,000 kills; `node scripts/notice-kills.ts` and `node scripts/rollup-kills.ts` run as many as one likes',
  },
  {
    id: 'D2',
    fault: 'fsync or write fails when a flag is committed',
    how: '`strace` injects EIO into fsync and ENOSPC into writes of a running control plane',
    holds:
      'the API answers 5xx, the flag is not set, the audit trail is whole; healed, the same request works',
    messages: 'decided as before',
    operator: '503 at the API, an error in the log',
    proofs: [probe(failingCalls, STRACE)],
  },
  {
    id: 'D3',
    fault: 'The disk of store and journal is full',
    how: 'tmpfs of 16 MB of its own, filled from outside, 3 s of messages and a request for a flag',
    holds:
      'nothing leaks, no supply message is stopped, no flag without its audit entry; back by itself once there is room',
    messages:
      'decided for the lease; then the gateway cannot report, and what a flag can stop is put off with 503. The rest goes on',
    operator:
      '`duisgate_journal_waiting_bytes` and alert `JournalWaits`, then `duisgate_journal_dropped_lines` and `JournalLosesLines`; the log has the reason, 503 at the API, not ready past the lease',
    proofs: [probe(fullDisk, MOUNT), tests('journal/file-journal', /could not write|wait for the disk|full/)],
  },
  {
    id: 'D4',
    fault: 'A power cut takes back what was answered',
    how: 'PostgreSQL with `fsync` or `synchronous_commit` off; SQLite sets its own level, and D2 shows that its commits wait for fsync',
    holds: 'the store is refused at start',
    messages: 'the gateway does not start on it',
    operator: 'the start fails and names the setting',
    proofs: [tests('store/postgres', /may lose what was answered/)],
    notHere: 'a real power cut',
  },
  {
    id: 'D5',
    fault: 'PostgreSQL is killed and started again',
    how: 'SIGKILL to the server at a random time while flags are set, 10 times',
    holds: 'no acknowledged flag lost; the gateway answers by itself once the server is up',
    messages: 'known flags decide for the lease; then as C3',
    operator: '`duisgate_flag_in_step` 0 meanwhile',
    proofs: [probe(killedServer), tests('store/postgres', /listens again|connection breaks/)],
    notHere: '200 cycles; F1 has fail-over to another host',
  },
  {
    id: 'D6',
    fault: 'A partner is down, slow, answers 500, or cannot take one notice',
    how: 'a partner that does so, beside healthy ones',
    holds:
      'no other partner waits; everything is delivered in order once it is back; a poisonous one is given up with an alarm',
    messages: 'not concerned',
    operator: 'the backlog on page and metrics; notices given up can be sent again',
    proofs: [tests('notices/lanes'), tests('notices/desk', /given up/)],
    notHere: 'an hour in real time: back-off runs by a clock of the test',
  },
  {
    id: 'D7',
    fault: 'Somebody edits the audit trail',
    how: 'an entry edited, one cut out, the tail cut off, the order changed, the whole chain written anew; any one change at random',
    holds: 'found 5 of 5, with the index of the first bad entry; the command exits 1',
    messages: 'not concerned',
    operator: '`duisgate audit verify` names the index',
    proofs: [tests('core/audit-chain'), tests('cli/flag', /audit trail|signed/)],
  },
  {
    id: 'D8',
    fault: 'A monthly report says something else than what happened',
    how: 'a recount from the raw journal, over ends of month, clock changes and leap days',
    holds: 'equal to the row',
    messages: 'not concerned',
    operator: 'nothing',
    proofs: [tests('reports/reports'), tests('reports/rules', /month/)],
  },
  {
    id: 'D9',
    fault: 'The disk of journal and event spool is full, the store is elsewhere',
    how: 'tmpfs of 1 MB of its own, filled from outside, messages whose event the store must have, then room again',
    holds:
      'every event is with the store and none counts as lost; no journal line is lost, cut or written twice',
    messages: 'carried; those with an event wait for the store instead of the disk',
    operator:
      'the log says ENOSPC, and how often, once a minute; `duisgate_journal_waiting_bytes` and alert `JournalWaits`',
    proofs: [
      probe(fullJournalDisk, MOUNT),
      tests('events/event-spool', /full|disk/),
      tests('journal/file-journal', /full|partly/),
    ],
  },
  {
    id: 'D10',
    fault: 'The disk of the event spool is slow, that of the store is not',
    how: '`strace` makes every sync of the spool take a tenth of a second, or three seconds, while top-ups come',
    holds:
      'a top-up waits for its own sync and at most one more, and for a second at most; each event is kept, and one whose answer went out first counts as late and not as lost',
    messages:
      'carried; those with an event are answered later, the others as ever. An SQLite store on the same disk would hold up all of them while it commits',
    operator: '`duisgate_events_late_total` and a line in the log, once answers go out first',
    proofs: [probe(slowSyncs, STRACE), tests('events/event-spool', /one sync keeps/)],
  },
]

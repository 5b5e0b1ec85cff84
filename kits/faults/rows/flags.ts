/** C: flags under fire. */

import { clockJumps } from '../probes/clocks.ts'
import { coldHerd, flood } from '../probes/herd.ts'
import { workersInStep } from '../probes/processes.ts'
import { olderStore, storeFaults, wipedStore } from '../probes/store.ts'
import { probe, type Row, tests } from '../row.ts'

const FAKETIME = { program: 'faketime', package: 'faketime' }

export const ROWS: readonly Row[] = [
  {
    id: 'C1',
    fault: 'Flags change while gateways and store are cut off, slowed and forgotten',
    how: 'three gateways on PostgreSQL, writers and readers until each fault has come and each gateway has shown enough; `npm run consistency` is as long as one likes, and also kills',
    holds:
      'no message let through once its flag is in force everywhere; no verdict on a flag older than the lease; no gateway goes back',
    messages: 'each is decided by a flag that is in force, or put off',
    operator: 'the change stays `propagating` until every live gateway has it',
    proofs: [tests('kits/consistency/short')],
  },
  {
    id: 'C2',
    fault: 'A look-up is overtaken by the change it has missed',
    how: 'every order of load, change and answer, drawn at random, with and without index',
    holds: 'no reading is older than the last change applied',
    messages: 'the look-up is made anew',
    operator: 'nothing',
    proofs: [
      tests('flags/flag-cache', /overtaken/),
      tests('flags/in-step', /never answers a flag as it was before|as the store does/),
    ],
  },
  {
    id: 'C3',
    fault: 'The store is down, hung, slow by 5 s, or has forgotten the connection',
    how: 'fault proxy between a gateway without index and PostgreSQL, 2.3 s each',
    holds:
      'no read of a Restricted Device goes on, no supply message is stopped, nine in ten reads answered within three times a look-up of 200 ms and what a supply message takes; back by itself',
    messages:
      'known flags decide for the lease of 2 s; then reads are put off with 503, what no flag stops goes on',
    operator: '`duisgate_flag_in_step` 0, not ready when the table puts off, alert `FlagsNotInStep`',
    proofs: [
      probe(storeFaults),
      tests('flags/flag-feed', /past its lease|hangs/),
      tests('flags/flag-cache', /spares a failing store|other Devices/),
    ],
  },
  {
    id: 'C4',
    fault: 'The store is wiped and made anew, empty, under a running gateway',
    how: 'tables dropped, another process makes them again',
    holds: '"empty" is never read as "nobody is Restricted"; an alarm by itself',
    messages: 'what a flag can stop is put off with 503, the rest goes on',
    operator: 'an error in the log, not ready, until started with `--accept-store-reset`',
    proofs: [probe(wipedStore), tests('flags/flag-feed', /wiped|written anew/)],
  },
  {
    id: 'C5',
    fault: 'A restart on an older copy of the store, or without the store',
    how: 'SQLite file swapped for its backup between kill -9 and start',
    holds: 'no flag of the older copy decides',
    messages: 'what a flag can stop is put off with 503, the rest goes on',
    operator: 'as C4',
    proofs: [probe(olderStore), tests('flags/restart')],
  },
  {
    id: 'C6',
    fault: 'A cold start under full traffic to ever other Devices',
    how: '2,000 look-ups a second over 1,000,000 Devices, each Device twice at once, on SQLite, without index',
    holds:
      'no Device is asked for twice, none unknown, at most three times the CPU of look-ups that come one after the other; with the index nothing is asked of the store',
    messages: 'wait for their look-up, at most `flags.lookupTimeoutMs`',
    operator: 'nothing; with the index there is none of this',
    proofs: [probe(coldHerd), tests('flags/flag-index', /costs no question/)],
  },
  {
    id: 'C7',
    fault: 'More Devices than records are kept, and a flood of unknown ones',
    how: '500,000 look-ups of random Devices, room for 10,000, 20 Restricted among each 500; no index',
    holds: 'every reading right; heap at most 5 % above what it was after a fifth',
    messages: 'decided; the Device is asked for again where it was forgotten',
    operator: 'nothing: memory stays as it is',
    proofs: [probe(flood), tests('flags/flag-cache', /flood|more than it keeps/)],
  },
  {
    id: 'C8',
    fault:
      "The gateway's wall clock jumps by seconds and hours, both ways, while flags are set, begin and end",
    how: 'libfaketime on the gateway alone; monotonic clock left as it is',
    holds:
      "flags begin and end by the store's clock and never un-begin; further behind than the bound nothing is in force; no lease is extended",
    messages: "decided by the store's clock",
    operator:
      '`duisgate_clock_skew_seconds`, alert `ClockSkew`; page and API say whose clock holds up changes',
    proofs: [
      probe(clockJumps, FAKETIME),
      tests('flags/flag-cache', /wall clock/),
      tests('flags/clocks', /./),
      tests('flags/store-time', /./),
    ],
  },
  {
    id: 'C9',
    fault: 'Workers of one gateway learn of a flag at different times',
    how: '20 flags, four workers, each asked on a connection of its own until it goes by the flag',
    holds:
      'every worker by itself, the latest at most four times as late as the soonest, each by its median; in force only once all have it',
    messages: 'decided by what the worker has, which is never older than the lease',
    operator: 'the change stays `propagating` until all workers have it',
    proofs: [probe(workersInStep), tests('cli/workers', /two workers/)],
  },
]

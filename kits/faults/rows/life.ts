/** L: life cycle, overload, memory. */
import { backPressure, noDescriptors, overload, smallHeap } from '../probes/limits.ts'
import { blockedLog } from '../probes/log.ts'
import { failingWorker, stillControlPlane } from '../probes/processes.ts'
import { rollingRestarts, stopsInUploads } from '../probes/rolling.ts'
import { probe, type Row, tests } from '../row.ts'

const PRLIMIT = { program: 'prlimit', package: 'util-linux' }

export const ROWS: readonly Row[] = [
  {
    id: 'L1',
    fault: 'Rolling restarts under load',
    how: 'two instances, SIGTERM in turn 50 times, 200 messages a second on kept connections, open loop',
    holds:
      'no reset, no failed message, none sent twice, every exit 0, `Connection: close` before a connection ends',
    messages: 'carried by the other instance',
    operator: '`/readyz` 503 as long as `limits.drainNoticeMs` before the listeners close',
    proofs: [probe(rollingRestarts), tests('gateway/drain')],
  },
  {
    id: 'L2',
    fault: 'SIGHUP with a broken configuration, table or TLS file',
    how: 'a value that is none, an address without CAs, 12 broken tables, half-written certificates, a key that does not fit',
    holds: 'the last good one stays in force, without a lost message',
    messages: 'decided as before',
    operator:
      '`duisgate_table_reload_ok` or `duisgate_configuration_reload_ok` 0, an error in the log with the place of the mistake; alert `ReloadRefused`',
    proofs: [tests('cli/reload'), tests('cli/configuration-reload'), tests('tls/reload', /half-written/)],
  },
  {
    id: 'L3',
    fault: 'SIGTERM, twice, and SIGKILL in the middle of the largest message',
    how: 'half of 13.7 MB sent, then the signal; drainMs 2000',
    holds: 'it is finished, or the upstream never has it whole; the end comes within three times drainMs',
    messages: 'one that goes on is carried, one that does not is cut off',
    operator: '`draining` in the log; exit 0',
    proofs: [probe(stopsInUploads), tests('gateway/drain', /ends in its time/)],
  },
  {
    id: 'L4',
    fault: 'Five times more messages than the upstream takes',
    how: 'open loop at 100/s against a DSP that takes 20/s, 10 s',
    holds:
      'never more at the DSP than its connections; all others 503 with Retry-After, half of them in at most half the time of those carried; all carried at once afterwards',
    messages: 'the excess is answered 503, unread, before it takes part in anything',
    operator: '`duisgate_faults_total{code="GW_PEER_BUSY"}`',
    proofs: [probe(overload), tests('gateway/peers', /answers 503/)],
  },
  {
    id: 'L5',
    fault: 'Upstreams that do not take what is sent',
    how: 'ten messages of 14 MB at once, five each way, to upstreams that take nothing for 2 s',
    holds: 'all carried, at most 64 MB of memory more',
    messages: 'as fast as the upstream takes them',
    operator: '`duisgate_held_bytes`',
    proofs: [probe(backPressure), tests('http1/slow-takers')],
  },
  {
    id: 'L6',
    fault: 'No file descriptors are left',
    how: '`prlimit --nofile=128`, 384 clients',
    holds: 'it does not end; connections that stand are served; new ones are once others have gone',
    messages: 'new connections wait or are closed unread',
    operator: '`process_open_fds` beside `process_max_fds`',
    proofs: [probe(noDescriptors, PRLIMIT), tests('gateway/slow-clients', /no more connections/)],
  },
  {
    id: 'L7',
    fault: 'Little heap for a long time',
    how: '`--max-old-space-size=128`, 30 s of messages to ever other Devices, 14 MB now and then',
    holds: 'none fails; memory of the second half at most 10 % above the first',
    messages: 'carried',
    operator: '`process_resident_memory_bytes`',
    proofs: [probe(smallHeap)],
    notHere: 'an hour; the slope of 1 % an hour needs it',
  },
  {
    id: 'L8',
    fault: 'Page and API hang',
    how: 'the control plane stopped for 2 s (SIGSTOP), and killed; a gateway that is left alone gets the same messages at the same time',
    holds:
      'no message fails, half take at most three times as long as at the other gateway; killed, it is started again',
    messages: 'decided as before',
    operator: 'page and API do not answer; the log says when it is started again',
    proofs: [probe(stillControlPlane), tests('cli/control-process', /killed/)],
  },
  {
    id: 'L9',
    fault: 'A worker ends by an exception, a rejection or a signal that nobody catches',
    how: 'put into a running worker from outside, messages in flight at both workers',
    holds:
      'those of the other worker are answered, those of its own are cut off and never carried twice; replaced within three times what the start took',
    messages: 'in flight at it: the connection ends without an answer. All others go on',
    operator: '`duisgate_worker_restarts_total`, an error in the log',
    proofs: [probe(failingWorker), tests('cli/workers')],
  },
  {
    id: 'L10',
    fault: 'Nobody takes the log: a full disk, a pipe without a reader',
    how: '`/dev/full`, a pipe that is never read, debug level; a gateway whose log is taken gets the same messages at the same time',
    holds:
      'every message answered, half within three times what they take at the other gateway; lines dropped are counted; journal and audit are apart from it',
    messages: 'carried',
    operator: '`duisgate_log_dropped_lines`',
    proofs: [probe(blockedLog), tests('kits/faults/log-sink')],
  },
]

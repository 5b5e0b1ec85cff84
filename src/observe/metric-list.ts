/**
 * The list of our own metrics: what each is called, says and is labelled by. docs/metrics.md lists the same names and a test
 * compares the two. Label values come from closed sets, so that no traffic can make series without end.
 */

interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Which value counts among those of several workers; absent: they add up. */
  readonly across?: 'least' | 'greatest'
}

const entry =
  (type: MetricEntry['type']) =>
  (help: string, labels: readonly string[] = [], across?: MetricEntry['across']): MetricEntry => ({
    ...{ type, help, labels },
    ...(across && { across }),
  })
const counter = entry('counter')
const gauge = entry('gauge')
const histogram = entry('histogram')

/** Metrics of a gateway. Those of the Node process (`process_…`, `nodejs_…`) come with them. */
const GATEWAY = {
  duisgate_messages_total: counter('Messages handled, by what they are and what was decided.', [
    'direction',
    'kind',
    'verdict',
    'class',
  ]),
  duisgate_outcomes_total: counter('Messages handled, by how they ended.', ['direction', 'outcome']),
  duisgate_faults_total: counter('Messages answered with a fault, by its code.', ['direction', 'code']),
  duisgate_unknown_total: counter('Decisions taken although the flag was not known, by what was done.', [
    'direction',
    'action',
  ]),
  duisgate_stale_total: counter('Decisions taken on a flag past its lease, by what was done.', [
    'direction',
    'action',
  ]),
  duisgate_alarms_total: counter(
    'Alarms raised by decisions: each wants a look at the table or at the sender.',
    ['alarm'],
  ),
  duisgate_restricted_but_forwarded_total: counter(
    'Messages let through although the list blocks them and the store has their Device Restricted: must be 0.',
  ),
  duisgate_never_block_but_stopped_total: counter(
    'Messages stopped because of a flag although nothing they claim can be stopped by the list: must be 0.',
  ),
  duisgate_safety_checks_total: counter(
    'Messages judged a second time, apart from the gateway’s own decision, by what came of it.',
    ['result'],
  ),
  duisgate_reading_differs_total: counter(
    'Messages in which the second reader found something else than the gateway did: must be 0.',
  ),
  duisgate_second_readings_total: counter(
    'Messages chosen for the second reader, by what came of it; the messages themselves went their way.',
    ['result'],
  ),
  duisgate_markup_differs_total: counter(
    'Messages of which learned markup made something else than the strict reader: must be 0.',
  ),
  duisgate_markup_checks_total: counter(
    'Messages of known markup that were read strictly as well, by what came of it.',
    ['result'],
  ),
  duisgate_markup_in_use: gauge(
    '1 while markup is learned; 0 when every message is read strictly.',
    [],
    'least',
  ),
  duisgate_markup_known_messages: gauge('Messages since the start whose markup was known.', ['way']),
  duisgate_markup_unknown_messages: gauge(
    'Messages since the start that came in one piece and were read strictly, because their markup was not known.',
    ['way'],
  ),
  duisgate_markup_skeletons: gauge('Skeletons of messages that are kept.', ['way']),
  duisgate_markup_bytes: gauge('Memory of those skeletons.', ['way']),
  duisgate_second_reader_restarts_total: counter(
    'Times that the thread of the second reader ended by itself.',
  ),
  duisgate_shadow_total: counter(
    'Decisions that a row in shadow mode would have changed, by what it would have done.',
    ['direction', 'action'],
  ),
  duisgate_shadow_verdicts_total: counter(
    'Decisions while a table is on trial, by what was done and what that table would have done.',
    ['enforced', 'shadow'],
  ),
  duisgate_delivered_in_flight_total: counter(
    'Responses delivered for a Restricted Device because they were under way when its flag took effect.',
  ),
  duisgate_requests_remembered: gauge(
    'Forwarded Requests remembered because the table has inFlight: deliver.',
  ),
  duisgate_requests_forgotten: gauge(
    'Forwarded Requests forgotten too early since the start, for want of room: their Responses may be withheld.',
  ),
  duisgate_captured_total: counter('Messages written to a capture file.', ['direction']),
  duisgate_capture_left_out_total: counter(
    'Messages chosen for a capture and left out of it, by reason; the messages themselves went their way.',
    ['reason'],
  ),
  duisgate_substitutes_total: counter('Responses sent in place of withheld ones, by how that ended.', [
    'result',
  ]),
  duisgate_message_seconds: histogram(
    'Time from the first byte of a message to its answer, the upstream included.',
    ['direction', 'outcome'],
  ),
  duisgate_decision_seconds: histogram('Time to look up the flags and decide.', ['direction']),
  duisgate_message_bytes_total: counter('Bytes of message bodies that arrived.', ['direction']),
  duisgate_in_flight: gauge('Messages being handled.', ['direction']),
  duisgate_connections: gauge('Open connections of a listener.', ['direction']),
  duisgate_connections_refused_total: counter(
    'Connections closed at once because the listener had as many as it may.',
    ['direction'],
  ),
  duisgate_held_bytes: gauge('Bytes of messages held in memory.', ['direction']),
  duisgate_log_dropped_lines: gauge(
    'Log lines lost since the start because whatever takes the log did not take them.',
  ),
  duisgate_journal_dropped_lines: gauge(
    'Journal lines lost since the start because the disk was too slow or failed.',
  ),
  duisgate_journal_waiting_bytes: gauge(
    'Bytes of the journal that wait for the disk; lines are lost when there are 16 MiB.',
  ),
  duisgate_events_late_total: counter(
    'Messages whose answer went out before their observed events were kept; they still are, unless they are lost.',
  ),
  duisgate_events_lost_total: counter(
    'Observed events that were given up: neither disk nor store took them, and memory had no room or the gateway ended.',
  ),
  duisgate_announced_devices: gauge(
    'Devices that traffic has brought into a home and the store has not resolved: unknown, not clear.',
  ),
  duisgate_announced_incomplete: gauge(
    '1 while more Devices may be announced than are known, so that every Device without a flag is unknown.',
  ),
  duisgate_event_backlog_bytes: gauge(
    'Observed events that the store has not taken yet, on disk or in memory.',
  ),
  duisgate_flag_in_step: gauge('1 while the gateway knows itself in step with the store.', [], 'least'),
  duisgate_flag_age_seconds: gauge(
    'Time since the gateway last knew itself in step with the store, and waited for by it; +Inf before the first time.',
    [],
    'greatest',
  ),
  duisgate_flag_sequence: gauge('Number of the last flag change that is applied here.', [], 'least'),
  duisgate_store_epoch: gauge(
    'Number of the epoch of the store that flags are followed in: one more after each fail-over; 0 for a store without.',
    [],
    'least',
  ),
  duisgate_gateway_counted: gauge(
    '1 while the store waits for this gateway before it calls a change in force.',
    [],
    'least',
  ),
  duisgate_gateway_name_taken: gauge(
    "1 while another process reports under this gateway's name.",
    [],
    'greatest',
  ),
  duisgate_clock_skew_seconds: gauge(
    "How far this machine's clock is ahead of the store's, negative when it is behind; NaN before it was measured.",
    [],
    'least',
  ),
  duisgate_flag_index_loaded: gauge(
    '1 while the index of flagged Devices answers; 0 while it is loaded, off, or too large.',
    [],
    'least',
  ),
  duisgate_flag_index_devices: gauge(
    'Devices in the index: those with a flag that is not over, and some that have changed since.',
    [],
    'greatest',
  ),
  duisgate_flag_index_bytes: gauge('Memory of the index.'),
  duisgate_tls_refused_total: counter(
    'TLS connections refused or cut, by the setting of their side and the reason.',
    ['side', 'reason'],
  ),
  duisgate_tls_handshakes: gauge('TLS handshakes under way on a listener.', ['side']),
  duisgate_tls_files_ok: gauge(
    '1 while the TLS files of a side are in force as they are; 0 while an earlier state of one is.',
    ['side'],
    'least',
  ),
  duisgate_tls_certificate_seconds: gauge(
    'Time until the own certificate of a side expires.',
    ['side'],
    'least',
  ),
  duisgate_crl_next_update_seconds: gauge(
    'Time until the first CA of a side is left without a CRL in force; below 0 nobody of it is let in.',
    ['side'],
    'least',
  ),
  duisgate_configuration_reload_ok: gauge(
    '1 while the configuration last read, at the start or since, is in force; 0 when it was refused and the last good one stays.',
    [],
    'least',
  ),
  duisgate_table_reload_ok: gauge(
    '1 while the table last read, at the start or since, is in force; 0 when it was refused and the last good one stays.',
    [],
    'least',
  ),
  duisgate_table_loaded_timestamp_seconds: gauge(
    'When the table in force was read, in seconds since 1970.',
    [],
    'least',
  ),
  duisgate_draining: gauge(
    '1 while the gateway finishes its messages and takes no new connections.',
    [],
    'greatest',
  ),
  duisgate_workers: gauge('Worker processes that answer; absent where the gateway is one process.'),
  duisgate_worker_restarts_total: counter(
    'Worker processes that ended by themselves and were started again.',
  ),
}

/** Metrics of the control plane. */
const CONTROL = {
  duisgate_notices_waiting: gauge(
    'Notices of a party that have yet to be delivered; of the control plane, as all below.',
    ['party'],
  ),
  duisgate_notices_dead: gauge('Notices of a party that were given up and not sent again.', ['party']),
  duisgate_notices_oldest_seconds: gauge(
    'Age of the oldest notice of a party that has yet to be delivered; 0 when none waits.',
    ['party'],
  ),
  duisgate_incidents_open: gauge('Recorded incidents that last.'),
  duisgate_rollup_age_seconds: gauge(
    'Time since the journal of this machine was last rolled up to its end; +Inf before the first time.',
  ),
  duisgate_rollup_behind_bytes: gauge(
    'Bytes of the journal of this machine that were not there when it was last rolled up.',
  ),
}

/** Those of each plane: the process that a metric is of. */
export const METRICS_OF = { gateway: GATEWAY, control: CONTROL }
export type Plane = keyof typeof METRICS_OF

/** Every metric of our own. */
export const METRICS = { ...GATEWAY, ...CONTROL }
export type MetricName = keyof typeof METRICS

/**
 * The list of our own metrics: what each is called, says and is labelled by. docs/metrics.md lists the same names and a test
 * compares the two. Label values come from closed sets, so that no traffic can make series without end.
 */

export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Which value counts among those of several workers; absent: they add up. */
  readonly across?: 'least' | 'greatest'
  /** Whose it is; the gateway's when absent. */
  readonly plane?: Plane
}

/** The process that a metric is of. */
export type Plane = 'gateway' | 'control'

/** Every metric of our own. Those of the Node process (`process_…`, `nodejs_…`) come with them. */
export const METRICS = {
  duisgate_messages_total: {
    type: 'counter',
    help: 'Messages handled, by what they are and what was decided.',
    labels: ['direction', 'kind', 'verdict', 'class'],
  },
  duisgate_outcomes_total: {
    type: 'counter',
    help: 'Messages handled, by how they ended.',
    labels: ['direction', 'outcome'],
  },
  duisgate_faults_total: {
    type: 'counter',
    help: 'Messages answered with a fault, by its code.',
    labels: ['direction', 'code'],
  },
  duisgate_unknown_total: {
    type: 'counter',
    help: 'Decisions taken although the flag was not known, by what was done.',
    labels: ['direction', 'action'],
  },
  duisgate_stale_total: {
    type: 'counter',
    help: 'Decisions taken on a flag past its lease, by what was done.',
    labels: ['direction', 'action'],
  },
  duisgate_alarms_total: {
    type: 'counter',
    help: 'Alarms raised by decisions: each wants a look at the table or at the sender.',
    labels: ['alarm'],
  },
  duisgate_restricted_but_forwarded_total: {
    type: 'counter',
    help: 'Messages let through although the list blocks them and the store has their Device Restricted: must be 0.',
    labels: [],
  },
  duisgate_never_block_but_stopped_total: {
    type: 'counter',
    help: 'Messages stopped because of a flag although nothing they claim can be stopped by the list: must be 0.',
    labels: [],
  },
  duisgate_safety_checks_total: {
    type: 'counter',
    help: 'Messages judged a second time, apart from the gateway’s own decision, by what came of it.',
    labels: ['result'],
  },
  duisgate_reading_differs_total: {
    type: 'counter',
    help: 'Messages in which the second reader found something else than the gateway did: must be 0.',
    labels: [],
  },
  duisgate_second_readings_total: {
    type: 'counter',
    help: 'Messages chosen for the second reader, by what came of it; the messages themselves went their way.',
    labels: ['result'],
  },
  duisgate_second_reader_restarts_total: {
    type: 'counter',
    help: 'Times that the thread of the second reader ended by itself.',
    labels: [],
  },
  duisgate_shadow_total: {
    type: 'counter',
    help: 'Decisions that a row in shadow mode would have changed, by what it would have done.',
    labels: ['direction', 'action'],
  },
  duisgate_shadow_verdicts_total: {
    type: 'counter',
    help: 'Decisions while a table is on trial, by what was done and what that table would have done.',
    labels: ['enforced', 'shadow'],
  },
  duisgate_delivered_in_flight_total: {
    type: 'counter',
    help: 'Responses delivered for a Restricted Device because they were under way when its flag took effect.',
    labels: [],
  },
  duisgate_requests_remembered: {
    type: 'gauge',
    help: 'Forwarded Requests remembered because the table has inFlight: deliver.',
    labels: [],
  },
  duisgate_requests_forgotten: {
    type: 'gauge',
    help: 'Forwarded Requests forgotten too early since the start, for want of room: their Responses may be withheld.',
    labels: [],
  },
  duisgate_captured_total: {
    type: 'counter',
    help: 'Messages written to a capture file.',
    labels: ['direction'],
  },
  duisgate_capture_left_out_total: {
    type: 'counter',
    help: 'Messages chosen for a capture and left out of it, by reason; the messages themselves went their way.',
    labels: ['reason'],
  },
  duisgate_substitutes_total: {
    type: 'counter',
    help: 'Responses sent in place of withheld ones, by how that ended.',
    labels: ['result'],
  },
  duisgate_message_seconds: {
    type: 'histogram',
    help: 'Time from the first byte of a message to its answer, the peer included.',
    labels: ['direction', 'outcome'],
  },
  duisgate_decision_seconds: {
    type: 'histogram',
    help: 'Time to look up the flags and decide.',
    labels: ['direction'],
  },
  duisgate_message_bytes_total: {
    type: 'counter',
    help: 'Bytes of message bodies that arrived.',
    labels: ['direction'],
  },
  duisgate_in_flight: {
    type: 'gauge',
    help: 'Messages being handled.',
    labels: ['direction'],
  },
  duisgate_connections: {
    type: 'gauge',
    help: 'Open connections of a listener.',
    labels: ['direction'],
  },
  duisgate_connections_refused_total: {
    type: 'counter',
    help: 'Connections closed at once because the listener had as many as it may.',
    labels: ['direction'],
  },
  duisgate_held_bytes: {
    type: 'gauge',
    help: 'Bytes of messages held in memory.',
    labels: ['direction'],
  },
  duisgate_log_dropped_lines: {
    type: 'gauge',
    help: 'Log lines lost since the start because whatever takes the log did not take them.',
    labels: [],
  },
  duisgate_journal_dropped_lines: {
    type: 'gauge',
    help: 'Journal lines lost since the start because the disk was too slow or failed.',
    labels: [],
  },
  duisgate_journal_waiting_bytes: {
    type: 'gauge',
    help: 'Bytes of the journal that wait for the disk; lines are lost when there are 16 MiB.',
    labels: [],
  },
  duisgate_events_lost_total: {
    type: 'counter',
    help: 'Messages whose observed events could not be kept, or not in time: what they mean for flags may be lost.',
    labels: [],
  },
  duisgate_announced_devices: {
    type: 'gauge',
    help: 'Devices that traffic has brought into a home and the store has not resolved: unknown, not clear.',
    labels: [],
  },
  duisgate_announced_incomplete: {
    type: 'gauge',
    help: '1 while more Devices may be announced than are known, so that every Device without a flag is unknown.',
    labels: [],
  },
  duisgate_event_backlog_bytes: {
    type: 'gauge',
    help: 'Observed events that the store has not taken yet, on disk or in memory.',
    labels: [],
  },
  duisgate_flag_in_step: {
    type: 'gauge',
    help: '1 while the gateway knows itself in step with the store.',
    labels: [],
    across: 'least',
  },
  duisgate_flag_age_seconds: {
    type: 'gauge',
    help: 'Time since the gateway last knew itself in step with the store; +Inf before the first time.',
    labels: [],
    across: 'greatest',
  },
  duisgate_flag_sequence: {
    type: 'gauge',
    help: 'Number of the last flag change that is applied here.',
    labels: [],
    across: 'least',
  },
  duisgate_flag_index_loaded: {
    type: 'gauge',
    help: '1 while the index of flagged Devices answers; 0 while it is loaded, off, or too large.',
    labels: [],
    across: 'least',
  },
  duisgate_flag_index_devices: {
    type: 'gauge',
    help: 'Devices in the index: those with a flag that is not over, and some that have changed since.',
    labels: [],
    across: 'greatest',
  },
  duisgate_flag_index_bytes: {
    type: 'gauge',
    help: 'Memory of the index.',
    labels: [],
  },
  duisgate_tls_refused_total: {
    type: 'counter',
    help: 'TLS connections refused or cut, by the setting of their side and the reason.',
    labels: ['side', 'reason'],
  },
  duisgate_tls_handshakes: {
    type: 'gauge',
    help: 'TLS handshakes under way on a listener.',
    labels: ['side'],
  },
  duisgate_tls_files_ok: {
    type: 'gauge',
    help: '1 while the TLS files of a side are in force as they are; 0 while an earlier state of one is.',
    labels: ['side'],
    across: 'least',
  },
  duisgate_tls_certificate_seconds: {
    type: 'gauge',
    help: 'Time until the own certificate of a side expires.',
    labels: ['side'],
    across: 'least',
  },
  duisgate_crl_next_update_seconds: {
    type: 'gauge',
    help: 'Time until the first CA of a side is left without a CRL in force; below 0 nobody of it is let in.',
    labels: ['side'],
    across: 'least',
  },
  duisgate_configuration_reload_ok: {
    type: 'gauge',
    help: '1 while the configuration last read, at the start or since, is in force; 0 when it was refused and the last good one stays.',
    across: 'least',
    labels: [],
  },
  duisgate_table_reload_ok: {
    type: 'gauge',
    help: '1 while the table last read, at the start or since, is in force; 0 when it was refused and the last good one stays.',
    across: 'least',
    labels: [],
  },
  duisgate_table_loaded_timestamp_seconds: {
    type: 'gauge',
    help: 'When the table in force was read, in seconds since 1970.',
    across: 'least',
    labels: [],
  },
  duisgate_draining: {
    type: 'gauge',
    help: '1 while the gateway finishes its messages and takes no new connections.',
    labels: [],
    across: 'greatest',
  },
  duisgate_workers: {
    type: 'gauge',
    help: 'Worker processes that answer; absent where the gateway is one process.',
    labels: [],
  },
  duisgate_worker_restarts_total: {
    type: 'counter',
    help: 'Worker processes that ended by themselves and were started again.',
    labels: [],
  },
  duisgate_notices_waiting: {
    type: 'gauge',
    help: 'Notices of a party that have yet to be delivered; of the control plane, as all below.',
    labels: ['party'],
    plane: 'control',
  },
  duisgate_notices_dead: {
    type: 'gauge',
    help: 'Notices of a party that were given up and not sent again.',
    labels: ['party'],
    plane: 'control',
  },
  duisgate_notices_oldest_seconds: {
    type: 'gauge',
    help: 'Age of the oldest notice of a party that has yet to be delivered; 0 when none waits.',
    labels: ['party'],
    plane: 'control',
  },
  duisgate_incidents_open: {
    type: 'gauge',
    help: 'Recorded incidents that last.',
    labels: [],
    plane: 'control',
  },
  duisgate_rollup_age_seconds: {
    type: 'gauge',
    help: 'Time since the journal of this machine was last rolled up to its end; +Inf before the first time.',
    labels: [],
    plane: 'control',
  },
  duisgate_rollup_behind_bytes: {
    type: 'gauge',
    help: 'Bytes of the journal of this machine that were not there when it was last rolled up.',
    labels: [],
    plane: 'control',
  },
} as const satisfies Record<string, MetricEntry>

export type MetricName = keyof typeof METRICS

/** `duisgate load`: sends messages to a gateway at a stated rate, checks what became of each, and reports. */
import { Command, Option } from 'commander'
import { type LoadOptions, listenOption, MOST_CONNECTIONS, planOf } from './load/plan.ts'
import { runLoad } from './load/run.ts'
import { LONGEST_SECONDS, MOST_A_SECOND, stagesOption } from './load/stages.ts'
import { collectThresholds } from './load/thresholds.ts'
import {
  collectDeviceIds,
  collectDeviceTypes,
  countOption,
  durationOption,
  positiveOption,
  urlOption,
  withConfigOptions,
} from './shared-options.ts'
import type { Terminal } from './terminal.ts'

const EXAMPLES = `
It sends real messages: use it on a gateway that is yours to load. With a rate or stages the loop is open: each message has its
time, and its latency counts from then (corrected for coordinated omission). With --connections alone the loop is closed: each
connection sends its next message when the one before was answered. docs/load.md has a first run, step by step.

Thresholds for --fail: mean, p50, p90, p95, p99, p99.9, p99.99 and max of latency, late (the generator's own, p99), rate, and
counts or shares of messages: lost, wrong, failed, altered, forward, reject, withhold, defer, refuse. southbound.p99 is that of
one direction. Without --fail: lost>0, failed>0, wrong>0, and with --upstream altered>0.

Examples:
  duisgate load --target http://127.0.0.1:8600 --northbound-target http://127.0.0.1:8601 --rate 500 --for 30s
  duisgate load --target http://127.0.0.1:8600 --stages 30s:500,1m:2000,10s:0 --fail 'p99>5ms' --fail 'wrong>0' --html report.html
  duisgate load --target http://127.0.0.1:8600 --northbound-target http://127.0.0.1:8601 --upstream 127.0.0.1:9000 --mix captures/
  duisgate load --target https://gw.test:8600 --ca ca.pem --cert user.pem --key user.key --connections 16 --for 1m

Exit code 1: a threshold was crossed; 3: a target cannot be reached.`

export function loadCommand(terminal: Terminal): Command {
  const command = new Command('load')
    .option('--target <url>', 'the southbound listener: Service Requests go there', urlOption)
    .option('--northbound-target <url>', 'the northbound listener: Responses and Alerts go there', urlOption)
    .option(
      '--mix <path>',
      'what to send: a mix (*.json), captures (*.ndjson), messages (*.xml), or a folder of these two',
    )
    .option(
      '--rate <number>',
      `messages a second, up to ${MOST_A_SECOND}; default: 100`,
      positiveOption(MOST_A_SECOND),
    )
    .addOption(
      new Option('--for <time>', `how long, up to ${LONGEST_SECONDS / 60}m; default: 10s`).argParser(
        durationOption,
      ),
    )
    .option(
      '--stages <time:rate,...>',
      'how long it takes to get to each rate, for example 30s:500,1m:500,10s:0',
      stagesOption,
    )
    .option(
      '--connections <number>',
      'at most so many a listener (64); alone: a closed loop of so many',
      countOption(MOST_CONNECTIONS),
    )
    .option(
      '--fail <threshold>',
      'exit 1 when this is so, for example p99>5ms; may be repeated',
      collectThresholds,
    )
    .option(
      '--upstream <host:port>',
      'listen here as the upstream of both directions, and see what arrives',
      listenOption,
    )
    .option('--metrics <url>', "the gateway's /metrics: its CPU and memory", urlOption)
    .option('--table <file>', 'the table that says what each message must come to; default: as configured')
    .option(
      '--restricted <id>',
      'this Device is Restricted at the gateway; may be repeated',
      collectDeviceIds,
    )
    .option('--device <id=type>', 'the type of a Device; may be repeated', collectDeviceTypes)
    .option('--reject-code <code>', 'the ResponseCode of rejections', 'E5')
    .option('--ca <file>', 'the CAs to trust at https targets (PEM)')
    .option('--cert <file>', 'the client certificate (PEM)')
    .option('--key <file>', 'its key (PEM)')
    .option('--out <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as one HTML page with plots')
    .option('--json', 'print the report as one JSON object')
    .addHelpText('after', EXAMPLES)
  return withConfigOptions(command).action(async (options: LoadOptions) =>
    runLoad(terminal, await planOf(terminal, options), options),
  )
}

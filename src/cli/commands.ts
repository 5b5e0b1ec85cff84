/**
 * The commands of duisgate, in the order of the help. Only those that a command line names are loaded: all of them together
 * take most of a second.
 */
import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** Makes a command without its description. */
type CommandOf = (terminal: Terminal) => Command

interface Entry {
  readonly description: string
  readonly load: () => Promise<CommandOf>
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    description: 'Run the gateway and the control plane.',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  'control-plane': {
    description: 'Run the control plane: the page and the API, without a gateway.',
    load: async () => (await import('./control-plane.ts')).controlPlaneCommand,
  },
  ready: {
    description: 'Ask the gateway that runs on this machine whether it may have traffic.',
    load: async () => (await import('./ready.ts')).readyCommand,
  },
  demo: {
    description: 'Show the gateway at work, without any set-up.',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  explain: {
    description: 'Show the facts, the rule and the verdict of messages, offline; or a decision of the past.',
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  capture: {
    description: 'Let a running gateway write messages with their verdicts to files that replay reads.',
    load: async () => (await import('./capture.ts')).captureCommand,
  },
  replay: {
    description: 'Play captured messages and summarise the verdicts.',
    load: async () => (await import('./replay.ts')).replayCommand,
  },
  compare: {
    description: 'List the messages whose result differs between two replays.',
    load: async () => (await import('./compare.ts')).compareCommand,
  },
  load: {
    description: 'Send messages to a gateway at a rate, check their verdicts, and report latencies.',
    load: async () => (await import('./load.ts')).loadCommand,
  },
  check: {
    description: 'Check the configuration and the tables, run their unit tests; list every problem.',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  validate: {
    description: 'Validate messages against an XSD.',
    load: async () => (await import('./validate.ts')).validateCommand,
  },
  devices: {
    description: 'The inventory: import Devices from CSV, show one.',
    load: async () => (await import('./devices.ts')).devicesCommand,
  },
  registrations: {
    description: 'Who answers for which meter point since when: import from CSV.',
    load: async () => (await import('./registrations.ts')).registrationsCommand,
  },
  flag: {
    description: 'The Restricted flag, by the rules of change: set, clear, show, list, import.',
    load: async () => (await import('./flag.ts')).flagCommand,
  },
  table: {
    description: 'The governed table: list, show, diff, why, impact, propose, approve, reject, roll-back.',
    load: async () => (await import('./table.ts')).tableCommand,
  },
  notices: {
    description: 'Notices to CSPs and Suppliers: list, resend, digest.',
    load: async () => (await import('./notices.ts')).noticesCommand,
  },
  incidents: {
    description: 'Incidents that the exceptions list names: record, list.',
    load: async () => (await import('./incidents.ts')).incidentsCommand,
  },
  token: {
    description: 'Tokens for API and page: new.',
    load: async () => (await import('./token.ts')).tokenCommand,
  },
  audit: {
    description: 'The audit trail: verify, checkpoint.',
    load: async () => (await import('./audit.ts')).auditCommand,
  },
  rollup: {
    description: 'Add what the decision journal has gained to the counters of reports.',
    load: async () => (await import('./rollup.ts')).rollUpCommand,
  },
  report: {
    description: 'Reports of a month: exceptions, performance, uptake, leaks, evidence.',
    load: async () => (await import('./report.ts')).reportCommand,
  },
  schema: {
    description: 'Bring the schema of the store up to date.',
    load: async () => (await import('./schema.ts')).schemaCommand,
  },
  retention: {
    description: 'List what is past its time, or delete it.',
    load: async () => (await import('./retention.ts')).retentionCommand,
  },
  completion: {
    description: 'Print the completion script of a shell.',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
}

/** `duisgate validate`: XSD validation of messages. */

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { countOf } from '../config/configuration-fault.ts'
import { bytesOf, messageSources } from './message-sources.ts'
import { Progress } from './progress.ts'
import { readSchemaSet } from './schema-set.ts'
import { EXIT, type Terminal } from './terminal.ts'
import type { EngineName } from './xml-validators.ts'

interface ValidateOptions {
  readonly xsd?: string
  readonly engine: EngineName
  readonly json?: true
}

const ENGINE_NAMES: readonly EngineName[] = ['libxml2', 'xerces']

/** Ours: what the gateway reads and writes of the envelope. */
const ENVELOPE_XSD = fileURLToPath(new URL('../../schemas/duis-envelope.xsd', import.meta.url))

const EXAMPLES = `
The default schema covers the envelope that the gateway reads. Give the published DUIS schema for the whole message; what it
imports must lie beside it.

Examples:
  duisgate validate fixtures/southbound
  duisgate validate message.xml --xsd "DUIS Schema V5.4.xsd" --engine xerces

Exit code 0: every message is valid. 1: at least one is not.`

export function validateCommand(terminal: Terminal): Command {
  return new Command('validate')
    .argument('<file...>', 'messages, folders of *.xml, or - for standard input')
    .option('--xsd <file>', 'the schema; default: schemas/duis-envelope.xsd')
    .addOption(new Option('--engine <name>', 'the validator').choices(ENGINE_NAMES).default('libxml2'))
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action((files: readonly string[], options: ValidateOptions) => validate(terminal, files, options))
}

async function validate(
  terminal: Terminal,
  files: readonly string[],
  options: ValidateOptions,
): Promise<void> {
  const sources = await messageSources(terminal, files)
  const xsd = options.xsd === undefined ? ENVELOPE_XSD : resolve(terminal.workingFolder, options.xsd)
  // Loaded here: the other commands do without libxml2.
  const { ENGINES } = await import('./xml-validators.ts')
  const validator = await ENGINES[options.engine](await readSchemaSet(xsd))
  const progress = new Progress(terminal, 'messages validated')
  let invalid = 0
  try {
    for (const source of sources) {
      const problems = await validator.problemsOf(await bytesOf(source))
      if (problems.length > 0) invalid++
      show(terminal, options, source.name, problems)
      progress.tick()
    }
  } finally {
    progress.done()
    await validator.close()
  }
  if (!options.json) terminal.print(`${countOf(sources.length, 'message')}, ${invalid} invalid`)
  if (invalid > 0) terminal.exitWith(EXIT.no)
}

/** Valid messages are only counted, except with `--json`. */
function show(
  terminal: Terminal,
  options: ValidateOptions,
  source: string,
  problems: readonly string[],
): void {
  if (options.json) terminal.print(JSON.stringify({ source, valid: problems.length === 0, problems }))
  else for (const problem of problems) terminal.print(`${source}: ${problem}`)
}

/**
 * The command line: which commands there are, and how any of them ends.
 *
 * One file a command makes a commander `Command`; this one joins them and turns what they throw into one clear line and an
 * exit code.
 */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { ConfigurationFault } from '../config/configuration-fault.ts'
import { COMMANDS } from './commands.ts'
import { CommandError, EXIT, type ExitCode, type Terminal } from './terminal.ts'

/** Writes the script of every command. */
const COMPLETION = 'completion'

/** The command tree on one terminal: whole are the commands named, all when absent; the others have their description only. */
export async function programOf(
  terminal: Terminal,
  named: readonly string[] = Object.keys(COMMANDS),
): Promise<Command> {
  const program = new Command('duisgate')
    .description('Inline filter for DUIS messages that honours the MP169 Restricted flag of smart meters.')
    .version(packageVersion())
    .showHelpAfterError('(add --help for the options)')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 the answer is no, 2 a fault of usage or configuration, 3 a failure.',
    )
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = named.includes(name) ? (await load())(terminal) : new Command(name)
    program.addCommand(command.description(description))
  }
  for (const command of [program, ...subcommandsOf(program)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'duisgate: ')),
    })
  }
  return program
}

/** Runs one command line to its end; never throws. Answers with the exit code when the command failed. */
export async function runCommandLine(terminal: Terminal, words: readonly string[]): Promise<void> {
  try {
    const program = await programOf(terminal, words.includes(COMPLETION) ? undefined : words)
    await program.parseAsync([...words], { from: 'user' })
  } catch (error) {
    terminal.exitWith(explainFailure(terminal, error))
  }
}

function subcommandsOf(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...subcommandsOf(child)])
}

/** commander has already printed its own errors. */
function explainFailure(terminal: Terminal, error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof ConfigurationFault) {
    terminal.note(`duisgate: ${error.message}`)
    return EXIT.usage
  }
  if (error instanceof CommandError) {
    terminal.note(`duisgate: ${error.message}`)
    return error.exitCode
  }
  terminal.note(`duisgate: ${causesOf(error).join(': ')}`)
  return EXIT.failure
}

function causesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  return [error.message, ...(error.cause === undefined ? [] : causesOf(error.cause))]
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}

/** The manual page, duisgate(1), which follows from the commands and settings themselves. */
import type { Command } from 'commander'
import { SETTINGS } from '../../src/config/settings.ts'
import { commandTree, meaningOf } from './documents.ts'

export const MANUAL_PAGE = new URL('../../deploy/man/duisgate.1', import.meta.url)

/** The page in man(7) macros. */
export function manualPage(): string {
  const commands = commandTree()
  return [
    '.\\" Written by npm run documents; do not edit.',
    '.TH DUISGATE 1 "" "duisgate" "User Commands"',
    section('NAME', [
      'duisgate \\- filter for DUIS messages that honours the MP169 Restricted flag of smart meters',
    ]),
    section('SYNOPSIS', ['.B duisgate', '.I command', '[\\fIoptions\\fR]']),
    section('COMMANDS', commands.flatMap(commandEntry)),
    section('SETTINGS', [
      escaped(
        'A setting comes from --set, else from its variable in the environment, else from the file named by --config or ' +
          'DUISGATE_CONFIG, else from its default.',
      ),
      ...SETTINGS.flatMap(({ key, variable, description }) => [
        '.TP',
        `.BR ${escaped(key)} " (" ${escaped(variable)} )`,
        line(description),
      ]),
    ]),
    section('EXIT STATUS', [
      ...entry('0', 'It went well.'),
      ...entry('1', 'The answer is no.'),
      ...entry('2', 'A fault of usage or configuration.'),
      ...entry('3', 'A failure.'),
    ]),
    section('SIGNALS', [
      ...entry('SIGTERM, SIGINT', 'Finish what is in flight, then end.'),
      ...entry(
        'SIGHUP',
        'Read again what may change while running; what has problems is refused, the last good one stays.',
      ),
    ]),
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string {
  return [`.SH ${title}`, ...lines].join('\n')
}

function commandEntry({ name, command }: { name: string; command: Command }): string[] {
  const usage = command.usage() === '' ? '' : ` ${command.usage()}`
  return [
    `.SS ${escaped(`duisgate ${name}${usage}`)}`,
    line(command.description()),
    ...command.options.flatMap((option) => entry(option.flags, meaningOf(option))),
  ]
}

function entry(term: string, meaning: string): string[] {
  return ['.TP', `.B ${escaped(term)}`, line(meaning)]
}

/** A text line: one that begins with a dot or a quote would be taken for a macro. */
function line(text: string): string {
  return escaped(text).replace(/^([.'])/, '\\&$1')
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...')
}

/**
 * `duisgate completion`: a script that makes a shell complete commands and options, written from the commands themselves.
 *
 * One table for all shells: the words typed so far without options, and what may follow them. Values of options and file
 * names are left to the shell.
 */
import { Argument, Command } from 'commander'
import type { Terminal } from './terminal.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** What may follow a command: its subcommands and its long options. */
interface Place {
  /** `devices import`; empty for duisgate itself. */
  readonly path: string
  readonly commands: readonly string[]
  readonly options: readonly string[]
}

const EXAMPLES = `
Examples:
  duisgate completion bash > /etc/bash_completion.d/duisgate
  duisgate completion zsh > "\${fpath[1]}/_duisgate"
  duisgate completion fish > ~/.config/fish/completions/duisgate.fish`

export function completionCommand(terminal: Terminal): Command {
  const command = new Command('completion')
  return command
    .addArgument(new Argument('<shell>', 'the shell it is for').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => terminal.print(SCRIPTS[shell](placesOf(rootOf(command)))))
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command
}

function placesOf(command: Command, path: readonly string[] = []): Place[] {
  const children = command.commands
  const place = {
    path: path.join(' '),
    commands: children.map((child) => child.name()),
    options: [...command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])), '--help'],
  }
  return [place, ...children.flatMap((child) => placesOf(child, [...path, child.name()]))]
}

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: (places) => `# bash completion for duisgate
_duisgate() {
  local path="" word known="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "\${path:+$path }$word" in
      ${pathsOf(places).join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${places.map(({ path, commands, options }) => `    ${quoted(path)}) known=${quoted([...commands, ...options].join(' '))} ;;`).join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$known" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _duisgate duisgate`,

  zsh: (places) => `#compdef duisgate
_duisgate() {
  local place="" word
  for word in \${words[2,CURRENT-1]}; do
    case "\${place:+$place }$word" in
      ${pathsOf(places).join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${places.map(({ path, commands, options }) => `    ${quoted(path)}) compadd -- ${[...commands, ...options].join(' ')} ;;`).join('\n')}
  esac
  _files
}
_duisgate "$@"`,

  fish: (places) => `# fish completion for duisgate
function __duisgate_at
  set -l place ""
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$place $word")
    contains -- $next ${pathsOf(places).join(' ')}; and set place $next
  end
  test "$place" = "$argv[1]"
end
${places.flatMap(fishLines).join('\n')}`,
}

/** A command name is offered in place of a file name: none follows a command that has subcommands. */
function fishLines({ path, commands, options }: Place): string[] {
  const at = `complete -c duisgate -n "__duisgate_at ${quoted(path)}"`
  return [
    ...commands.map((name) => `${at} -f -a ${name}`),
    ...options.map((name) => `${at} -l ${name.slice(2)}`),
  ]
}

/** Of every command but duisgate itself. */
function pathsOf(places: readonly Place[]): string[] {
  return places.slice(1).map(({ path }) => quoted(path))
}

function quoted(text: string): string {
  return `'${text}'`
}

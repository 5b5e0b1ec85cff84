/**
 * Child processes and temporary folders that do not outlive the process that made them, whatever ends it.
 *
 * A shell waits on a pipe from this process. It is told of every child and every folder; once the pipe closes, which it does
 * also after SIGKILL, it kills the children that still run and removes the folders. One shell for all of them, started with
 * the first. It needs `sh` and nothing else.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'

/**
 * Lines are `kill PID`, a group when it is negative, `spare PID`, and `remove FOLDER`. A process that was killed may still have
 * others below it that end by themselves, so a folder is removed until it is gone, for five minutes at the most; what is
 * mounted in it is unmounted.
 */
const WARDEN = `kept=' '
while read -r order what; do case $order in
  kill) kept="$kept$what " ;;
  spare) case $kept in *" $what "*) kept="\${kept%%" $what "*} \${kept#*" $what "}" ;; esac ;;
  remove) set -- "$@" "$what" ;;
esac; done
for each in $kept; do kill -s KILL -- "$each" 2>/dev/null; done
[ $# -gt 0 ] || exit 0
round=0
while [ $((round += 1)) -le 1500 ]; do
  [ -r /proc/mounts ] && while read -r source place rest; do
    for each; do case $place in "$each"/*) umount -l "$place" 2>/dev/null ;; esac; done
  done </proc/mounts
  rm -rf -- "$@" 2>/dev/null
  sleep 0.2
  for each; do [ -e "$each" ] && continue 2; done
  exit 0
done`

let warden: Writable | undefined

function tell(order: string): void {
  warden ??= started()
  warden.write(`${order}\n`)
}

/** In a group of its own: what is sent to the group of this process must not end it before it has done its work. */
function started(): Writable {
  const shell = spawn('sh', ['-c', WARDEN, 'warden'], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  const { stdin } = shell
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
  return stdin.on('error', () => {})
}

/** Kills the child when this process ends. */
export function ward<Child extends ChildProcess>(child: Child): Child {
  const { pid } = child
  if (pid === undefined) return child
  tell(`kill ${pid}`)
  child.once('exit', () => tell(`spare ${pid}`))
  return child
}

/** A child that was started `detached`, which everything that it starts is in one group with. */
type GroupLeader = Pick<ChildProcess, 'pid'>

/** The same for everything in the group of a child, also after the child itself has ended. */
export function wardGroup<Leader extends GroupLeader>(leader: Leader): Leader {
  if (leader.pid !== undefined) tell(`kill -${leader.pid}`)
  return leader
}

/** Nothing of the group is left: the number may be somebody else's by now. */
export function spareGroup({ pid }: GroupLeader): void {
  if (pid !== undefined) tell(`spare -${pid}`)
}

/** A new empty folder, in the temporary one unless told, which is gone at the latest when this process has ended. */
export function wardedFolder(prefix = 'duisgate-test-', parent = tmpdir()): string {
  const folder = mkdtempSync(join(resolve(parent), prefix))
  wardFolder(folder)
  return folder
}

/** Removes the folder, or the file, an absolute path, when this process ends. */
export function wardFolder(folder: string): void {
  tell(`remove ${folder}`)
}

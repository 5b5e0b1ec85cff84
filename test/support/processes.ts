/** Every process of the machine as /proc shows it, for whoever sees to it that none is left. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Why processes cannot be seen here; false when they can. */
export const withoutProc = !existsSync('/proc/self/environ') && 'there is no /proc to see all processes in'

export interface RunningProcess {
  readonly pid: string
  readonly parent: string
  /** Tells it from another that has its number later. */
  readonly startedAt: string
  /** The beginning of its command line. */
  readonly what: string
}

/** All that run; one that has ended and waits for its parent does not. */
export function processes(): readonly RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      const [state = '', parent = '', ...rest] = read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? []
      const isGone = state === '' || state === 'Z'
      const what = isGone ? '' : read(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 120)
      return { pid, parent, startedAt: rest[17] ?? '', what }
    })
    .filter(({ what }) => what !== '')
}

/** Whether the text is in its environment. */
export function isMarked({ pid }: RunningProcess, mark: string): boolean {
  return read(pid, 'environ').includes(mark)
}

/** Whether the folder is in its command line, or is its own. */
export function isAt({ pid }: RunningProcess, folder: string): boolean {
  if (read(pid, 'cmdline').includes(folder)) return true
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
  } catch {
    return false
  }
}

/** A file of a process under /proc; empty when the process has ended. */
function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

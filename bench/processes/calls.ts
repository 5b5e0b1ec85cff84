/**
 * Calls from the conductor of a bench to its processes: a name, an argument and one answer, over Node's own channel.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { ward } from '../../test/support/warden.ts'
import { pinned } from '../support/pinning.ts'
import { endOf, ProcessGroup } from '../support/process-group.ts'

/** What a process can be asked to do, by name. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>

type ArgumentOf<Handler> = Handler extends (argument: infer Argument) => unknown ? Argument : never
type AnswerOf<Handler> = Handler extends (argument: never) => infer Answer ? Awaited<Answer> : never

interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly problem: string }

/** In a process: answers calls until its conductor is gone. */
export function answerCalls(handlers: Handlers): void {
  process.on('disconnect', () => process.exit())
  // An orderly end, so that a profile is written where one was asked for.
  process.on('SIGTERM', () => process.exit())
  process.on('message', async (message) => {
    const { id, name, argument } = message as Call
    try {
      const handler = handlers[name] as ((argument: unknown) => unknown) | undefined
      if (!handler) throw new Error(`${name} is nothing that this process does`)
      reply({ id, answer: await handler(argument) })
    } catch (error) {
      reply({ id, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
}

function reply(answer: Answer): void {
  process.send?.(answer)
}

export interface BenchProcessOptions {
  /**
   * Whether it leads a group of its own, which can be put to rest. That is a session of its own as well, and priorities of
   * processes in different sessions do not count against each other (autogroup of sched(7)).
   */
  readonly leadsGroup?: boolean
  /** As `taskset` takes them, where it is installed. */
  readonly cores?: string | undefined
  /** Words for Node before the script. */
  readonly nodeFlags?: readonly string[] | undefined
  /** Another checkout whose file of that name is run; this one when absent. */
  readonly tree?: string | undefined
}

/** In the conductor: a process that answers calls. At rest it answers none until it is woken. */
export class BenchProcess<Does extends Handlers> {
  readonly #child: ChildProcess
  readonly #group: ProcessGroup | undefined
  readonly #pending = new Map<number, (answer: Answer) => void>()
  #calls = 0

  /** `script` is a file of this folder. */
  constructor(script: string, { leadsGroup = false, cores, nodeFlags = [], tree }: BenchProcessOptions = {}) {
    const folder = tree === undefined ? import.meta.dirname : join(tree, 'bench/processes')
    const [command, args] = pinned(cores, process.execPath, [...nodeFlags, join(folder, script)])
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
    this.#child = spawn(command, args, { detached: leadsGroup, stdio: [...stdio] })
    if (leadsGroup) this.#group = new ProcessGroup(this.#child)
    else ward(this.#child)
    this.#child.on('message', (message) => {
      const answer = message as Answer
      this.#pending.get(answer.id)?.(answer)
      this.#pending.delete(answer.id)
    })
    this.#child.on('exit', (code, signal) => this.#abandon(`${script} ended with ${signal ?? code}`))
    this.#child.on('error', (error) => this.#abandon(`${script} does not start: ${error.message}`))
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('the process did not start')
    return pid
  }

  /** Throws when it leads none. */
  get group(): ProcessGroup {
    if (!this.#group) throw new Error('the process leads no group')
    return this.#group
  }

  /** Rejects with what went wrong in the process, or when it ends before it has answered. */
  call<Name extends keyof Does & string>(
    name: Name,
    argument: ArgumentOf<Does[Name]>,
  ): Promise<AnswerOf<Does[Name]>> {
    const id = this.#calls++
    const { promise, resolve, reject } = Promise.withResolvers<AnswerOf<Does[Name]>>()
    this.#pending.set(id, (answer) => {
      if ('problem' in answer) reject(new Error(answer.problem))
      else resolve(answer.answer as AnswerOf<Does[Name]>)
    })
    const call: Call = { id, name, argument }
    this.#child.send(call)
    return promise
  }

  /** Ends the process and its children. */
  stop(): Promise<void> {
    return this.#group ? this.#group.end() : endOf(this.#child)
  }

  #abandon(problem: string): void {
    for (const [id, settle] of this.#pending) settle({ id, problem })
    this.#pending.clear()
  }
}

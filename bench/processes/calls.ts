/**
 * Calls from the conductor of a bench to its processes: a name, an argument and one answer, over Node's own channel.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ward } from '../../test/support/warden.ts'
import { pinned } from '../support/pinning.ts'

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

/** In the conductor: a process that answers calls. */
export class BenchProcess<Does extends Handlers> {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, (answer: Answer) => void>()
  #calls = 0

  /** `script` is a file of this folder; `cores` as `taskset` takes them, where it is installed. */
  constructor(script: string, cores: string | undefined) {
    const file = fileURLToPath(new URL(script, import.meta.url))
    const [command, args] = pinned(cores, process.execPath, [file])
    this.#child = ward(spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
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

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#child.once('exit', () => resolve())
    this.#child.kill('SIGTERM')
    await promise
  }

  #abandon(problem: string): void {
    for (const [id, settle] of this.#pending) settle({ id, problem })
    this.#pending.clear()
  }
}

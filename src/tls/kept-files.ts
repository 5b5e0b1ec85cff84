/**
 * Files that may change under a running process, and what was last read of them that was good.
 *
 * Whoever replaces a file may be seen half-way, and two files that belong together are not replaced at one moment. So a
 * file that is not good changes nothing: what was read last stays, the fault is told, and the next change is looked at.
 *
 * The bytes are compared, not the times of the files: those do not show two changes within one tick of their clock.
 */
import { readFile } from 'node:fs/promises'
import { TlsFileFault } from './reasons.ts'

export interface KeptFilesOptions<Content> {
  readonly paths: readonly string[]
  /** Makes one thing of the files, in the order of the paths. Throws what is wrong with them. */
  readonly parse: (files: readonly Buffer[]) => Content
}

export class KeptFiles<Content> {
  readonly #options: KeptFilesOptions<Content>
  #content: Content | undefined
  #fault: Error | undefined
  /** As they were last parsed, good or not. */
  #files: readonly Buffer[] = []

  constructor(options: KeptFilesOptions<Content>) {
    this.#options = options
  }

  /** What was last read that was good; undefined before that. */
  get content(): Content | undefined {
    return this.#content
  }

  /** What is wrong with the files as they are now; undefined when they are in force. */
  get fault(): Error | undefined {
    return this.#fault
  }

  /**
   * Reads the files and takes them when they are good and differ from what was read before, or `mustParse`. True when
   * there is another content, or another fault, than before.
   */
  async refresh(mustParse: boolean): Promise<boolean> {
    let files: readonly Buffer[]
    try {
      files = await Promise.all(this.#options.paths.map(read))
    } catch (cause) {
      this.#files = []
      return this.#failed(cause)
    }
    if (!mustParse && isSame(files, this.#files)) return false
    this.#files = files
    return this.#parse(files)
  }

  #parse(files: readonly Buffer[]): boolean {
    try {
      this.#content = this.#options.parse(files)
      this.#fault = undefined
      return true
    } catch (cause) {
      return this.#failed(cause)
    }
  }

  #failed(cause: unknown): boolean {
    const before = this.#fault?.message
    this.#fault = cause instanceof Error ? cause : new Error(String(cause))
    return this.#fault.message !== before
  }
}

function isSame(some: readonly Buffer[], others: readonly Buffer[]): boolean {
  return some.length === others.length && some.every((file, index) => others[index]?.equals(file))
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new TlsFileFault('TLS_FILE_UNREADABLE', path, cause)
  }
}

/** The HTML file that a command writes beside what it prints: one page without script, which needs nothing beside it. */
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileFaultText } from '../config/text-file.ts'
import { printedFoot, printedHead } from '../control/documents/printed.ts'
import type { Html } from '../control/html/html.ts'
import { type Terminal, usageError } from './terminal.ts'

/** Opened before the work begins, so that a mistyped path does not show at its end. Without a name nothing is written. */
export class HtmlFile {
  readonly #file: FileHandle | undefined

  private constructor(file: FileHandle | undefined) {
    this.#file = file
  }

  /** Begins the file anew; one that cannot be written is a usage error. */
  static async open(terminal: Terminal, name: string | undefined): Promise<HtmlFile> {
    if (name === undefined) return new HtmlFile(undefined)
    const file = await open(resolve(terminal.workingFolder, name), 'w').catch((error: unknown) => {
      throw usageError(`cannot write ${name} (${fileFaultText(error)}); check the path given with --html`)
    })
    return new HtmlFile(file)
  }

  /** Writes the whole page and closes the file. `content` is asked for only where there is one. */
  async write(title: string, content: () => Html): Promise<void> {
    if (!this.#file) return
    for (const part of [printedHead(title), content(), printedFoot()])
      await this.#file.appendFile(String(part))
    await this.#file.close()
  }
}

/** What a test file ran of the sources, also in the processes that it started: V8's own counts, block by block. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutation.ts'

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

/** One file that a process writes at its end (`NODE_V8_COVERAGE`). */
interface Report {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly { readonly ranges: readonly Range[] }[]
  }[]
}

/** A place in a source file. */
export type Place = Pick<Mutant, 'file' | 'start'>

export class Coverage {
  readonly #loaded = new Set<string>()
  readonly #ran = new Set<Place>()

  /**
   * Of `places` only, because all of it is much. `folder`: where the processes wrote; `root`: of the tree. Types are stripped in
   * place, so offsets are those of the source.
   */
  constructor(folder: string, root: string, places: readonly Place[]) {
    const ofFile = Map.groupBy(places, ({ file }) => pathToFileURL(join(realpathSync(root), file)).href)
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Report
      for (const { url, functions } of result) {
        const blocks = functions.flatMap(({ ranges }) => ranges)
        for (const place of ofFile.get(url) ?? []) {
          this.#loaded.add(place.file)
          if (innermost(blocks, place.start) > 0) this.#ran.add(place)
        }
      }
    }
  }

  /** Whether one of the places was run; undefined when no process that wrote its counts has loaded the file. */
  ran(place: Place): boolean | undefined {
    return this.#loaded.has(place.file) ? this.#ran.has(place) : undefined
  }
}

/** The count of the smallest block around the offset. */
function innermost(blocks: readonly Range[], offset: number): number {
  let smallest: Range | undefined
  for (const block of blocks) {
    if (offset < block.startOffset || offset >= block.endOffset) continue
    if (!smallest || sizeOf(block) < sizeOf(smallest)) smallest = block
  }
  return smallest?.count ?? 0
}

function sizeOf({ startOffset, endOffset }: Range): number {
  return endOffset - startOffset
}

/**
 * Where commands find messages: files, folders (walked for `*.xml` in name order) and standard input (`-`).
 *
 * Every path is checked before the first message is read, so that a mistyped name does not show after an hour of work.
 */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { fileFaultText } from '../config/text-file.ts'
import { type Terminal, usageError } from './terminal.ts'

/** One message to come; `open` may be called once. */
export interface MessageSource {
  /** The path as the user would write it, or `-`. */
  readonly name: string
  open(): AsyncIterable<Uint8Array>
  /** Its bytes; undefined for standard input. */
  size(): Promise<number | undefined>
}

/** Finds the messages behind the paths; names every path that cannot be read. `endings` choose files in folders. */
export async function messageSources(
  terminal: Terminal,
  paths: readonly string[],
  endings: readonly string[] = ['.xml'],
): Promise<MessageSource[]> {
  const sources: MessageSource[] = []
  const unreadable: string[] = []
  for (const path of paths) {
    try {
      sources.push(...(await sourcesAt(terminal, path, endings)))
    } catch (error) {
      unreadable.push(`cannot read ${path} (${fileFaultText(error)})`)
    }
  }
  if (unreadable.length > 0) throw usageError(`${unreadable.join('\n')}\ncheck the path; - is standard input`)
  if (sources.length === 0) throw usageError(`no ${endings.join(' or ')} file in ${paths.join(', ')}`)
  return sources
}

async function sourcesAt(
  terminal: Terminal,
  path: string,
  endings: readonly string[],
): Promise<MessageSource[]> {
  if (path === '-') return [standardInputOf(terminal)]
  const whole = resolve(terminal.workingFolder, path)
  const names = (await stat(whole)).isDirectory()
    ? await filesUnder(whole, path, endings)
    : [[whole, path] as const]
  return names.map(([file, name]) => fileOf(name, file))
}

function standardInputOf({ standardInput }: Terminal): MessageSource {
  return { name: '-', open: () => standardInput, size: async () => undefined }
}

function fileOf(name: string, file: string): MessageSource {
  return { name, open: () => createReadStream(file), size: async () => (await stat(file)).size }
}

async function filesUnder(
  folder: string,
  shown: string,
  endings: readonly string[],
): Promise<(readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.toLowerCase().endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [file, join(shown, file.slice(folder.length))] as const)
}

/** The file at the path, or standard input (`-`); a folder will not do. */
export async function fileSource(terminal: Terminal, path: string): Promise<MessageSource> {
  if (path === '-') return standardInputOf(terminal)
  const file = resolve(terminal.workingFolder, path)
  const found = await stat(file).catch((error: unknown) => {
    throw usageError(`cannot read ${path} (${fileFaultText(error)}); check the path; - is standard input`)
  })
  if (found.isDirectory())
    throw usageError(`${path} is a folder; give one file in it, or - for standard input`)
  return fileOf(path, file)
}

/** The same, to be opened again and again; standard input is held in memory for that. */
export async function replayableSource(terminal: Terminal, path: string): Promise<MessageSource> {
  const source = await fileSource(terminal, path)
  if (path !== '-') return source
  const bytes = await bytesOf(source)
  return { name: path, open: () => Readable.from([bytes]), size: async () => bytes.length }
}

/** The whole of a source in memory. */
export async function bytesOf(source: MessageSource): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source.open()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Text files that people write: read whole and as UTF-8, or told in words why they cannot be. */
import { readFile } from 'node:fs/promises'
import { readUtf8 } from '../core/utf8-text.ts'
import { errorCode } from './configuration-fault.ts'

/** The text without its byte order mark. Throws what the file system says, or an error that names the line that is not UTF-8. */
export async function readTextFile(path: string): Promise<string> {
  const read = readUtf8(await readFile(path))
  if (read.ok) return read.text
  throw new Error(`line ${read.line}: ${read.fault}`)
}

/** Why a file cannot be read or written, to stand in brackets after its name. */
export function fileFaultText(error: unknown): string {
  const code = errorCode(error)
  const words = FILE_FAULTS[code]
  return words === undefined ? code : `${words}, ${code}`
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EEXIST: 'it is there already',
  EISDIR: 'it is a folder, not a file',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
}

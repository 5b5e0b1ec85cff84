/**
 * Reads single files out of a ZIP or JAR: just enough for the DUIS XSDs inside the jar of @smartdcc/duis-sign-wrap.
 */
import { inflateRawSync } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50

/** The file called `name`; throws when the archive does not hold it. */
export function readZipEntry(archive: Buffer, name: string): Buffer {
  for (
    let at = directoryStart(archive);
    archive.readUInt32LE(at) === DIRECTORY_ENTRY;
    at = nextEntry(archive, at)
  ) {
    if (entryName(archive, at) === name) return entryContent(archive, at)
  }
  throw new Error(`the archive holds no ${name}`)
}

function directoryStart(archive: Buffer): number {
  let at = archive.length - 22
  while (at >= 0 && archive.readUInt32LE(at) !== END_OF_DIRECTORY) at--
  if (at < 0) throw new Error('not a ZIP archive')
  return archive.readUInt32LE(at + 16)
}

function nextEntry(archive: Buffer, at: number): number {
  const variableParts =
    archive.readUInt16LE(at + 28) + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  return at + 46 + variableParts
}

function entryName(archive: Buffer, at: number): string {
  return archive.toString('utf8', at + 46, at + 46 + archive.readUInt16LE(at + 28))
}

function entryContent(archive: Buffer, at: number): Buffer {
  const isDeflated = archive.readUInt16LE(at + 10) === 8
  const size = archive.readUInt32LE(at + 20)
  const local = archive.readUInt32LE(at + 42)
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const bytes = archive.subarray(start, start + size)
  return isDeflated ? inflateRawSync(bytes) : bytes
}

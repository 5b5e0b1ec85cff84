/**
 * Files of the journal that are compressed once they are full: made with zstd by threads of Node's own, read again from any
 * offset on as if they were plain.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { type FileHandle, link, open, stat, unlink } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'

/** Behind the name of a plain file. */
export const COMPRESSED = '.zst'

/** Bytes of a file, plain or not, by their place in the plain one. */
export interface FileBytes {
  size(): Promise<number>
  /** Fills the buffer from the offset on as far as there are bytes; how many there were. */
  read(buffer: Buffer, offset: number): Promise<number>
  close(): Promise<void>
}

/** Compresses the file in place of itself. It is there under one of its names at any time, and nothing takes another's place. */
export async function compressFile(path: string): Promise<void> {
  const { size } = await stat(path)
  if (await isCompressed(path)) return unlink(path)
  const fresh = `${path}${COMPRESSED}.new`
  const params = { [constants.ZSTD_c_checksumFlag]: 1 }
  try {
    const compress = createZstdCompress({ pledgedSrcSize: size, params })
    await pipeline(createReadStream(path), compress, createWriteStream(fresh, { flush: true, mode: 0o640 }))
    await link(fresh, `${path}${COMPRESSED}`)
    await unlink(path)
  } finally {
    await unlink(fresh).catch(() => undefined)
  }
}

/** Whether a crash came between the two names. */
async function isCompressed(path: string): Promise<boolean> {
  if (!existsSync(path + COMPRESSED)) return false
  return (await digestOf(createReadStream(path))) === (await digestOf(decompressed(path + COMPRESSED)))
}

async function digestOf(bytes: Readable): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of bytes) hash.update(chunk)
  return hash.digest('hex')
}

/** Plain bytes of a compressed file, as a stream. */
export function decompressed(path: string, highWaterMark?: number): Readable {
  const plain = createZstdDecompress({ ...(highWaterMark && { chunkSize: highWaterMark }) })
  const source = createReadStream(path)
  source.on('error', (error) => plain.destroy(error))
  plain.on('close', () => source.destroy())
  return source.pipe(plain)
}

/** Longer than any line: so much of what was read last is kept, for whoever goes on behind its last whole line. */
const KEPT_BYTES = 1_048_576

/** Reads forwards; going back further than a line begins at the beginning again. */
export class CompressedBytes implements FileBytes {
  readonly #handle: FileHandle
  readonly #path: string
  #stream: Readable | undefined
  #chunks: AsyncIterator<Buffer> | undefined
  /** Read ahead, or kept: the plain bytes from `#at` on. */
  #ahead: Buffer = Buffer.alloc(0)
  #at = 0
  #size: number | undefined

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  static async open(path: string): Promise<CompressedBytes> {
    return new CompressedBytes(await open(path, 'r'), path)
  }

  /** Of the plain file, as the frame says; counted where it does not. */
  async size(): Promise<number> {
    this.#size ??= (await statedSize(this.#handle)) ?? (await this.#countedSize())
    return this.#size
  }

  async read(buffer: Buffer, offset: number): Promise<number> {
    if (offset < this.#at || !this.#chunks) this.#begin()
    while (this.#at + this.#ahead.length <= offset) if (!(await this.#next())) return 0
    this.#drop(offset)
    const parts = [this.#ahead]
    let length = this.#ahead.length
    while (length < buffer.length) {
      const chunk = await this.#chunk()
      if (!chunk) break
      parts.push(chunk)
      length += chunk.length
    }
    const all = Buffer.concat(parts)
    const taken = all.copy(buffer)
    this.#ahead = all
    this.#drop(offset + Math.max(0, taken - KEPT_BYTES))
    return taken
  }

  async close(): Promise<void> {
    this.#stream?.destroy()
    await this.#handle.close()
  }

  #begin(): void {
    this.#stream?.destroy()
    this.#stream = decompressed(this.#path)
    this.#chunks = this.#stream[Symbol.asyncIterator]()
    this.#ahead = Buffer.alloc(0)
    this.#at = 0
  }

  /** Goes on to the next chunk; false at the end. */
  async #next(): Promise<boolean> {
    const chunk = await this.#chunk()
    if (!chunk) return false
    this.#at += this.#ahead.length
    this.#ahead = chunk
    return true
  }

  async #chunk(): Promise<Buffer | undefined> {
    const next = await this.#chunks?.next()
    return next?.done ? undefined : next?.value
  }

  #drop(until: number): void {
    this.#ahead = this.#ahead.subarray(until - this.#at)
    this.#at = until
  }

  async #countedSize(): Promise<number> {
    let size = 0
    for await (const chunk of decompressed(this.#path)) size += chunk.length
    return size
  }
}

/** The frame's content size (RFC 8878 §3.1.1.1); undefined where it has none. */
async function statedSize(handle: FileHandle): Promise<number | undefined> {
  const { buffer: head } = await handle.read(Buffer.alloc(18), 0, 18, 0)
  const descriptor = head.readUInt8(4)
  const isSingle = (descriptor & 0x20) !== 0
  const at = 5 + (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0)
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? head.readUInt8(at) : undefined
    case 1:
      return head.readUInt16LE(at) + 256
    case 2:
      return head.readUInt32LE(at)
    default:
      return Number(head.readBigUInt64LE(at))
  }
}

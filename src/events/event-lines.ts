/** Events as lines of a file: how they are written and read, and where the last whole line ends. */
import type { FileHandle } from 'node:fs/promises'

/** Bytes read from the file at a time; one event has a few hundred. */
export const READ_BYTES = 262_144

export const NEWLINE = 0x0a

/** An event with its line end. */
export function lineOf(event: unknown): string {
  return `${JSON.stringify(event, bigintAsHex)}\n`
}

export function eventsOf<Event>(lines: readonly string[]): Event[] {
  return lines.map((line) => JSON.parse(line, hexAsBigint) as Event)
}

export function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
}

/** Bytes up to and with the last newline. */
export async function endOfLastLine(file: FileHandle): Promise<number> {
  const { size } = await file.stat()
  for (let end = size; end > 0; ) {
    const length = Math.min(READ_BYTES, end)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, end - length)
    const newline = buffer.lastIndexOf(NEWLINE)
    if (newline >= 0) return end - length + newline + 1
    end -= length
  }
  return 0
}

/** Device keys are written as `0x00DB…`, because JSON has no 64-bit numbers. */
function bigintAsHex(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16).padStart(16, '0')}` : value
}

function hexAsBigint(_name: string, value: unknown): unknown {
  return typeof value === 'string' && /^0x[0-9a-f]{16}$/.test(value) ? BigInt(value) : value
}

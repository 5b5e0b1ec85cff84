/** PEM files (RFC 7468), strictly: whole blocks of one kind. A file that is being written is told from one that is done. */

/** One block: what it says it is, and its bytes. */
export interface PemBlock {
  readonly label: string
  readonly bytes: Buffer
  /** The block as it stands in the file. */
  readonly text: string
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]*)-----END \1-----/g

/** Every block of a file; undefined when one is not whole. Text between blocks is a comment. */
export function pemBlocks(text: string): readonly PemBlock[] | undefined {
  const blocks = [...text.matchAll(BLOCK)].map(([whole, label = '', base64 = '']) => ({
    label,
    bytes: Buffer.from(base64, 'base64'),
    text: `${whole}\n`,
  }))
  const marks = text.match(/-----(?:BEGIN|END)/g)?.length ?? 0
  return marks === 2 * blocks.length ? blocks : undefined
}

/** The bytes as one PEM block. */
export function pemText(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

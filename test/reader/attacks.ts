/** Input made to hurt a reader of XML: deep, wide, long, and with entities. */
import type { ReadFaultCode } from '../../src/core/duis/fault.ts'
import { request, SR } from '../fixtures/message.ts'

export const MEGABYTE = 2 ** 20

export interface Attack {
  readonly name: string
  readonly message: Buffer
  readonly fault: ReadFaultCode | undefined
  /** Bytes after which the fault must be known. */
  readonly within?: number
}

const BODY = '<sr:ReadInstantaneousImportRegisters/>'

/** The plain read with something in its body element. */
export function bodyWith(content: string): Buffer {
  return Buffer.from(
    request({
      srv: '4.1.1',
      body: `<sr:ReadInstantaneousImportRegisters>${content}</sr:ReadInstantaneousImportRegisters>`,
    }),
  )
}

/** The plain read with something before its Header. */
function headWith(content: string): Buffer {
  return Buffer.from(request({ srv: '4.1.1', body: BODY }).replace('<sr:Header>', `${content}<sr:Header>`))
}

function numbered(count: number, write: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => write(n)).join('')
}

const HEAD_BYTES = 2_048

export const ATTACKS: readonly Attack[] = [
  {
    name: 'elements nested 64,000 deep',
    message: bodyWith('<sr:a>'.repeat(64_000) + '</sr:a>'.repeat(64_000)),
    fault: 'XML_LIMIT',
    within: HEAD_BYTES,
  },
  {
    name: 'elements nested 64,000 deep that never end',
    message: Buffer.from('<a>'.repeat(64_000)),
    fault: 'DUIS_ROOT',
    within: 16,
  },
  {
    name: '100,000 attributes',
    message: bodyWith(`<sr:a ${numbered(100_000, (n) => `a${n}="" `)}/>`),
    fault: 'XML_LIMIT',
    within: HEAD_BYTES + 16_384,
  },
  {
    name: '100,000 attributes on 2,000 elements, all different',
    message: bodyWith(numbered(2_000, () => `<sr:a ${numbered(50, (n) => `a${n}="" `)}/>`)),
    fault: undefined,
  },
  {
    name: 'an element name of 10 MB',
    message: bodyWith(`<sr:${'n'.repeat(10 * MEGABYTE)}/>`),
    fault: 'XML_LIMIT',
    within: HEAD_BYTES + 16_384,
  },
  {
    name: 'an attribute value of 10 MB',
    message: bodyWith(`<sr:a b="${'v'.repeat(10 * MEGABYTE)}"/>`),
    fault: 'XML_LIMIT',
    within: HEAD_BYTES + 16_384,
  },
  {
    name: 'an end tag of 10 MB',
    message: bodyWith(`<sr:a></sr:a${' '.repeat(10 * MEGABYTE)}>`),
    fault: 'XML_LIMIT',
    within: HEAD_BYTES + 16_384,
  },
  {
    name: 'a comment of 10 MB before the Header',
    message: headWith(`<!--${' -'.repeat(5 * MEGABYTE)} -->`),
    fault: undefined,
  },
  { name: 'a million comments', message: headWith('<!---->'.repeat(1_000_000)), fault: undefined },
  {
    name: 'a processing instruction of 10 MB',
    message: headWith(`<?a ${'?'.repeat(10 * MEGABYTE)}?>`),
    fault: undefined,
  },
  {
    name: 'a CDATA section of 10 MB',
    message: bodyWith(`<![CDATA[${']'.repeat(10 * MEGABYTE)}]]>`),
    fault: undefined,
  },
  { name: 'text of 10 MB of ]', message: bodyWith(']]'.repeat(5 * MEGABYTE)), fault: undefined },
  {
    name: '10 MB of white space in the Header',
    message: headWith(' '.repeat(10 * MEGABYTE)),
    fault: undefined,
  },
  {
    name: 'a million character references in text',
    message: bodyWith('&#65;'.repeat(1_000_000)),
    fault: undefined,
  },
  {
    name: 'a million character references in a RequestID',
    message: Buffer.from(
      request({
        srv: '4.1.1',
        body: BODY,
        requestId: `<sr:RequestID>${'&#65;'.repeat(1_000_000)}</sr:RequestID>`,
      }),
    ),
    fault: 'XML_LIMIT',
    within: HEAD_BYTES + 5 * 4_096,
  },
  {
    name: 'a million comments in a RequestID',
    message: Buffer.from(
      request({
        srv: '4.1.1',
        body: BODY,
        requestId: `<sr:RequestID>${'<!---->'.repeat(1_000_000)}</sr:RequestID>`,
      }),
    ),
    fault: 'DUIS_VALUE',
  },
  {
    name: '50,000 namespace declarations on one element',
    message: bodyWith(`<sr:a ${numbered(50_000, (n) => `xmlns:p${n}="urn:${n}" `)}/>`),
    fault: 'XML_LIMIT',
    within: HEAD_BYTES + 16_384,
  },
  {
    name: '50,000 namespace declarations on 1,000 elements side by side',
    message: bodyWith(
      numbered(1_000, (m) => `<sr:a ${numbered(50, (n) => `xmlns:p${n}="urn:${m * 50 + n}" `)}/>`),
    ),
    fault: 'XML_LIMIT',
  },
  {
    name: '1,200 namespace declarations in scope and 50,000 elements below them',
    message: bodyWith(
      `${numbered(24, (m) => `<sr:a ${numbered(50, (n) => `xmlns:p${m * 50 + n}="urn:x" `)}>`)}${'<sr:b/>'.repeat(50_000)}${'</sr:a>'.repeat(24)}`,
    ),
    fault: 'XML_LIMIT',
  },
  {
    name: '50 namespace declarations in scope and 50,000 elements below them',
    message: bodyWith(
      `<sr:a ${numbered(50, (n) => `xmlns:p${n}="urn:x" `)}>${'<sr:b/>'.repeat(50_000)}</sr:a>`,
    ),
    fault: undefined,
  },
  {
    name: 'an entity bomb',
    message: Buffer.from(
      `<!DOCTYPE a [<!ENTITY l0 "lol">${numbered(20, (n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`)}]><a>&l20;</a>`,
    ),
    fault: 'XML_DOCTYPE',
    within: 16,
  },
  {
    name: 'a reference of 10 MB',
    message: bodyWith(`&#${'0'.repeat(10 * MEGABYTE)}65;`),
    fault: 'XML_LIMIT',
    within: HEAD_BYTES,
  },
  {
    name: 'an XML declaration of 10 MB',
    message: Buffer.from(`<?xml version="1.0"${' '.repeat(10 * MEGABYTE)}?><sr:Request xmlns:sr="${SR}"/>`),
    fault: 'XML_LIMIT',
    within: 2_048,
  },
  { name: '10 MB of zero bytes', message: Buffer.alloc(10 * MEGABYTE), fault: 'XML_ENCODING', within: 16 },
]

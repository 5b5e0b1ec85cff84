/** What all files in YAML have in common: their value, or what is wrong with them and in which line. */
import { type Document, isNode, type LineCounter } from 'yaml'

/** `message` is the library's own. */
export type PlainValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

const KEY_TWICE = 'the key stands above already; keep it once, with the entries of both below it'

/** What the YAML library found wrong, as it says it. */
export interface YamlFault {
  readonly message: string
  readonly code?: string
  readonly linePos?: readonly { readonly line: number }[]
}

/** The value, or why it has none: aliases upon aliases make a few lines into more than memory holds. Never throws. */
export function plainValueOf(document: Document.Parsed): PlainValue {
  try {
    return { ok: true, value: document.toJS() }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

/** The fault in words, with its line from 1 where the library knows it. */
export function notPlainYaml({ message, code, linePos }: YamlFault): {
  readonly text: string
  readonly line?: number
} {
  const text = `this is not plain YAML: ${code === 'DUPLICATE_KEY' ? KEY_TWICE : withoutPlace(message)}`
  const line = linePos?.[0]?.line
  return line === undefined ? { text } : { text, line }
}

/** The library's first line ends with the place, and the lines below show it. */
function withoutPlace(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '')
}

/** Line, from 1, of the innermost node on the path; undefined when nothing of the path is there. */
export function lineOf(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return undefined
}

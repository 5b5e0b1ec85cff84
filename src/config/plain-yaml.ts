/** The value of a YAML document, or why it has none: aliases upon aliases make a few lines into more than memory holds. */
import type { Document } from 'yaml'

/** `message` is the library's own. */
export type PlainValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

/** Never throws. */
export function plainValueOf(document: Document.Parsed): PlainValue {
  try {
    return { ok: true, value: document.toJS() }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

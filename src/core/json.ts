/** JSON that may be none: lines of files and bodies that anybody may have written. */

/** The value of the text; undefined where it is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

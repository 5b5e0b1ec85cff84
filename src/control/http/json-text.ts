/**
 * JSON bodies as text: what a value made of one would not show any more, which is a key that stands twice, and how deep it is
 * nested, before anything walks through it.
 */

/** Deeper than any body that means something. */
const MOST_LEVELS = 64

/** Strings and marks of valid JSON; numbers and words between them say nothing here. */
const MARKS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

/** One object or list that is open. */
interface Level {
  /** Absent for a list. */
  readonly keys: Set<string> | undefined
  /** The key of an object that was met last. */
  key: string
}

/** What is wrong with a text that is valid JSON; undefined when nothing is. */
export function jsonTextFault(text: string): string | undefined {
  const open: Level[] = []
  let last = ''
  for (const [mark] of text.matchAll(MARKS)) {
    if (mark === '{' || mark === '[') {
      open.push({ keys: mark === '{' ? new Set() : undefined, key: '' })
      if (open.length > MOST_LEVELS) return `It is nested more than ${MOST_LEVELS} levels deep.`
    } else if (mark === '}' || mark === ']') open.pop()
    else if (mark !== ':') last = mark
    else if (isTwice(open.at(-1), JSON.parse(last)))
      return `The key ${pathOf(open)} stands twice; give it once.`
  }
  return undefined
}

function isTwice(level: Level | undefined, key: string): boolean {
  if (!level?.keys) return false
  level.key = key
  const isThere = level.keys.has(key)
  level.keys.add(key)
  return isThere
}

/** `declaration.date`, as far as a message can bear. */
function pathOf(open: readonly Level[]): string {
  const path = open.flatMap(({ keys, key }) => (keys ? key : [])).join('.')
  return JSON.stringify(path.slice(0, 100))
}

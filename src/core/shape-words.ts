/**
 * What is wrong with the shape of a value that somebody sent or wrote, in plain words: `must be a text`. In place of what the
 * library says that checks it; what a schema says by itself comes before.
 */

/** As the library tells it. `input` is the value; undefined where there is none. */
interface ShapeIssue {
  readonly code?: string | undefined
  readonly input?: unknown
  readonly [more: string]: unknown
}

export function shapeWords(issue: ShapeIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'must be given' : `must be ${kindWords(String(issue.expected))}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`
    case 'too_small':
      return sizeWords('at least', issue.minimum, issue.origin)
    case 'too_big':
      return sizeWords('at most', issue.maximum, issue.origin)
    case 'unrecognized_keys':
      return `has no place for ${list(issue.keys)
        .map((key) => JSON.stringify(key))
        .join(', ')}`
    default:
      return 'is not of the form that is described'
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object of names and values',
  record: 'an object of names and values',
  date: 'a time',
  null: 'null',
  undefined: 'left out',
}

function kindWords(expected: string): string {
  return KINDS[expected] ?? 'of the form that is described'
}

function oneOf(values: unknown): string {
  const texts = list(values)
  return texts.length === 1 ? texts.join() : `one of ${texts.join(', ')}`
}

function sizeWords(bound: string, count: unknown, origin: unknown): string {
  const what = SIZES[String(origin)]
  return what === undefined
    ? `must be ${bound} ${String(count)}`
    : `must have ${bound} ${String(count)} ${what}`
}

const SIZES: Readonly<Record<string, string>> = { string: 'characters', array: 'entries', set: 'entries' }

function list(values: unknown): string[] {
  return Array.isArray(values) ? values.map(String) : []
}

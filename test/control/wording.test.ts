/** Whatever the code names has words of its own on the page: none is empty, and no two of a kind read the same. */
import t from 'tap'
import * as wording from '../../src/control/html/wording.ts'
import { ACTIONS_OF_KIND } from '../../src/core/restriction/audit-kinds.ts'

/** The words of one entry: a text, a text with the colour of its tag, or a few texts. */
function wordsOf(entry: string | readonly [string, string] | Readonly<Record<string, string>>): string[] {
  if (typeof entry === 'string') return [entry]
  return 'length' in entry ? [entry[0]] : Object.values(entry)
}

for (const [name, kind] of Object.entries(wording))
  if (typeof kind !== 'function')
    t.test(name, async (t) => {
      const words = Object.values(kind).map(wordsOf)
      for (const each of words.flat()) t.match(each, /^[A-Z].*\w/)
      const texts = words.map((each) => each.join())
      t.same([...new Set(texts)], texts)
    })

t.test(
  'entries by kind are those of the page, and all that are about sessions are of signing in and out',
  async (t) => {
    const actions = Object.keys(wording.ACTION_WORDS)
    for (const action of Object.values(ACTIONS_OF_KIND).flat()) t.ok(actions.includes(action), action)
    t.same(
      ACTIONS_OF_KIND['sign-ins'],
      actions.filter((action) => action.startsWith('session.')),
    )
  },
)

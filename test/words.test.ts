/** The words of docs/glossary.md: older ones for the same things are gone from the source. */
import { globSync, readFileSync } from 'node:fs'
import t from 'tap'

/** Older words as patterns, and the term of today. */
const GONE: readonly (readonly [older: RegExp, term: string])[] = [
  [/\bfar[ -]sides?\b|\bFarSides\b/i, 'upstream'],
  [/\b(?:the|an?|one) peer\b(?!s)|\bPeerLimits\b/i, 'upstream'],
  [/\bPassage\b|\bpassage\b/, 'message context'],
  [/\bCarried\b|\bHandled\b/, 'carry result, message result'],
  [/\bIntake\b|\bintake\b/, 'body reader'],
  [/\b\w*[Tt]aker\b|\bisBeingTaken\b|\btakenDue\b/, 'consumer, isFlushing, flush deadline'],
  [/\bStanding\b|\bstanding\.ts\b/, 'store lease'],
  [/\bLedger\b|\bledger\b/, 'outcome recorders'],
  [/hopeless/i, 'permanent'],
  [/\bdistrust/i, 'reason not trusted'],
  [/second opinion/i, 'safety check'],
  [/\b\w+Desk\b|(?<!incident )\bdesk\b/, 'service'],
  [
    /\b(?:interface|type|class) (?:Told|Telling|\w+News)\b|\bhasNews\(now/,
    'outbox entry, last notified state',
  ],
  [/\btell[A-Z]\w*/, 'report, record, log, print'],
  [/\b(?:interface|type|class) Look\b/, 'readings, sample, read: whichever it is'],
  [/\bScene\b|\bonStage\b|\binvitation\b/, 'step, demo system, next steps'],
]

t.test('older words are gone from the source', async (t) => {
  const files = globSync('src/**/*.ts')
  t.ok(files.length > 100)
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    for (const [older, term] of GONE) t.notMatch(text, older, `${file}: say ${term}`)
  }
})

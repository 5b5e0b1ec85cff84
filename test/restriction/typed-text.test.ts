// What people type: what is refused, and what is kept of the rest.
import t from 'tap'
import { keptText, untypedIn } from '../../src/core/restriction/typed-text.ts'
import { asked, DECLARATION, granted, MPAN, SUP_E, scene } from './scene.ts'

const declared = (evidence: string) => ({ declaration: { ...DECLARATION, evidence } })

t.test('names and words of any script are typed, line breaks and joiners too', (t) => {
  for (const text of [
    '',
    'CASE-4711',
    'Siân Llŷr',
    'Ελένη',
    'محمد',
    '山田',
    'नमस्\u200dते',
    '👩‍🔧',
    'one\r\n\ttwo',
  ])
    t.equal(untypedIn(text), undefined, text)
  t.end()
})

t.test('control, direction, unassigned and private characters and half pairs are not', (t) => {
  for (const [text, name] of [
    ['\u0000', 'U+0000'],
    ['a\u007f', 'U+007F'],
    ['a\u0085', 'U+0085'],
    ['\u061cb', 'U+061C'],
    ['\u202a', 'U+202A'],
    ['\u2069', 'U+2069'],
    ['\u0378', 'U+0378'],
    ['\uffff', 'U+FFFF'],
    ['\uf8ff', 'U+F8FF'],
    ['\udc00', 'U+DC00'],
  ] as const)
    t.equal(untypedIn(text), name)
  t.end()
})

t.test('what is kept is composed, and begins and ends with something that shows', (t) => {
  t.equal(keptText('Sia\u0302n '), 'Siân')
  t.equal(keptText(' \ufeff\u200bCASE-1\u00a0\u2060\u3164'), 'CASE-1')
  t.equal(keptText('one \u200d two'), 'one \u200d two')
  for (const blank of ['', '  \t', '\u200b\u200d', '\u3164', '\u2800\u00ad'])
    t.equal(keptText(blank), '', JSON.stringify(blank))
  t.end()
})

t.test('a reference is kept so, and one that shows nothing is none', async (t) => {
  const set = await scene(t)
  const reference = ' \u200bSia\u0302n-1 '
  const { restriction } = granted(
    await set.service.set(SUP_E, asked({ mpxn: MPAN, reference, ...declared('E-1\u2060') })),
  )
  t.match(restriction, { reference: 'Siân-1', declaration: { evidence: 'E-1' } })
  const blank = await set.service.set(SUP_E, asked(declared('\u3164\u200b')))
  t.match(blank, { ok: false, refusals: [{ rule: 'evidence-missing' }] })
})

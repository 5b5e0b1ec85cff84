/** The audit chain: every way of tampering shows at the first entry that is not as it was. */
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import {
  type AuditDraft,
  type AuditEntry,
  append,
  type ChainEnd,
  canonicalJson,
  checkpoint,
  EMPTY_CHAIN,
  isGenuine,
  verifyChain,
} from '../../src/core/restriction/audit-chain.ts'

const NOW = instantOf(1_700_000_000_000)

function draft(n: number): AuditDraft {
  const actor = { party: 'SUP-A', role: 'supplier', name: 'jane.doe' } as const
  return {
    at: instantOf(NOW + n),
    actor,
    action: 'restriction.set',
    subject: `R-${n}`,
    detail: { n, list: [n] },
  }
}

function chainOf(drafts: readonly AuditDraft[], from: ChainEnd = EMPTY_CHAIN): AuditEntry[] {
  const entries: AuditEntry[] = []
  let end = from
  for (const one of drafts) {
    const entry = append(end, one)
    entries.push(entry)
    end = { count: entry.index, hash: entry.hash }
  }
  return entries
}

function endOf(entries: readonly AuditEntry[]): ChainEnd {
  const last = entries.at(-1)
  return last ? { count: last.index, hash: last.hash } : EMPTY_CHAIN
}

const DRAFTS = Array.from({ length: 6 }, (_, n) => draft(n + 1))
const CHAIN = chainOf(DRAFTS)
const END = endOf(CHAIN)

t.test('finds a chain whole, up to its end', async (t) => {
  t.same(verifyChain(CHAIN), END)
  t.same(verifyChain(CHAIN, [endOf(CHAIN.slice(0, 2)), END, END]), END)
  t.same(
    verifyChain(CHAIN, [END, endOf(CHAIN.slice(0, 2)), endOf(CHAIN.slice(0, 4))]),
    END,
    'in whichever order the checkpoints are',
  )
  t.same(verifyChain([]), EMPTY_CHAIN)
  t.same(verifyChain([], [EMPTY_CHAIN]), EMPTY_CHAIN)
})

const EDITS: Record<string, Partial<AuditEntry>> = {
  time: { at: NOW },
  party: { actor: { party: 'SUP-B', role: 'supplier', name: 'jane.doe' } },
  role: { actor: { party: 'SUP-A', role: 'auditor', name: 'jane.doe' } },
  name: { actor: { party: 'SUP-A', role: 'supplier', name: 'john.roe' } },
  action: { action: 'restriction.cleared' },
  subject: { subject: 'R-9' },
  detail: { detail: { n: 3, list: [4] } },
  previous: { previous: EMPTY_CHAIN.hash },
  hash: { hash: EMPTY_CHAIN.hash },
}

for (const [field, edit] of Object.entries(EDITS))
  t.test(`finds an edited ${field}`, async (t) => {
    const edited = CHAIN.map((entry) => (entry.index === 3 ? { ...entry, ...edit } : entry))
    t.same(verifyChain(edited), { fault: 'edited', index: 3 })
  })

t.test('finds an entry that was made anew but does not follow the one before', async (t) => {
  const anew = append({ count: 2, hash: EMPTY_CHAIN.hash }, draft(9))
  t.same(verifyChain(CHAIN.with(2, anew)), { fault: 'unlinked', index: 3 })
})

t.test('finds a cut in the middle, and entries in another order', async (t) => {
  t.same(verifyChain(CHAIN.toSpliced(2, 2)), { fault: 'out-of-place', index: 3 })
  t.same(verifyChain(CHAIN.slice(1)), { fault: 'out-of-place', index: 1 })
  const swapped = [...CHAIN.slice(0, 2), ...CHAIN.slice(2, 4).reverse(), ...CHAIN.slice(4)]
  t.same(verifyChain(swapped), { fault: 'out-of-place', index: 3 })
})

t.test('finds a tail that was cut off, with the help of a checkpoint', async (t) => {
  const cut = CHAIN.slice(0, 4)
  t.same(verifyChain(cut), endOf(cut), 'it is whole in itself')
  t.same(verifyChain(cut, [END]), { fault: 'cut', index: 5 })
  t.same(verifyChain([], [END]), { fault: 'cut', index: 1 })
})

t.test('finds a trail that was rewritten whole, with the help of a checkpoint', async (t) => {
  const rewritten = chainOf(DRAFTS.with(2, draft(99)))
  t.same(verifyChain(rewritten), endOf(rewritten), 'it is whole in itself')
  t.same(verifyChain(rewritten, [endOf(CHAIN.slice(0, 2))]), endOf(rewritten), 'as before the rewriting')
  t.same(verifyChain(rewritten, [endOf(CHAIN.slice(0, 4))]), { fault: 'rewritten', index: 4 })
})

t.test('finds any single change of any chain', async (t) => {
  const text = fc.string()
  const drafts = fc.array(
    fc.record({ action: text, subject: text, detail: fc.dictionary(text, fc.jsonValue()) }),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(drafts, fc.nat(), text, (some, place, other) => {
      const entries = chainOf(some.map((one) => ({ ...draft(0), ...one })))
      const at = place % entries.length
      const entry = entries[at]
      if (!entry || entry.subject === other) return
      t.same(verifyChain(entries.with(at, { ...entry, subject: other })), { fault: 'edited', index: at + 1 })
    }),
    { numRuns: 100, seed: 169 },
  )
  t.comment('figure: 100 of 100 changes at random found')
})

t.test('writes one text for one value', async (t) => {
  t.equal(
    canonicalJson({ b: [1, { d: null, c: -0 }], a: 'x', gone: undefined }),
    '{"a":"x","b":[1,{"c":0,"d":null}]}',
  )
  t.equal(canonicalJson({ a: 1, b: 2 }), canonicalJson({ b: 2, a: 1 }))
  t.throws(() => canonicalJson({ key: 1n }), TypeError)
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      t.equal(canonicalJson(JSON.parse(canonicalJson(value))), canonicalJson(value))
    }),
    { numRuns: 100, seed: 169 },
  )
})

t.test(
  'hashes an entry as anybody can from its fields: the previous hash, its index, its canonical JSON',
  async (t) => {
    const [first, second] = CHAIN
    // printf '%s\n%s\n%s' "$previous" 1 '{"action":"restriction.set","actor":{"name":…' | sha256sum
    t.equal(first?.hash, '131651048348b920c65b133c1442398d14e5633d2e605e8cbe9cb56717b30786')
    t.equal(second?.hash, '34758bb1ef30520a412885ab90d5a5f45e72cf49bcbc5a46423a2839e5a345ee')
  },
)

t.test('knows its own checkpoint, and no other', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const signed = checkpoint(END, NOW, privateKey)
  t.match(signed, { ...END, at: NOW })
  t.ok(isGenuine(signed, publicKey))
  t.notOk(isGenuine({ ...signed, count: signed.count + 1 }, publicKey))
  t.notOk(isGenuine({ ...signed, hash: EMPTY_CHAIN.hash }, publicKey))
  t.notOk(isGenuine({ ...signed, at: instantOf(NOW + 1) }, publicKey))
  t.notOk(isGenuine({ ...signed, signature: '' }, publicKey))
  t.notOk(isGenuine(signed, generateKeyPairSync('ed25519').publicKey))
})

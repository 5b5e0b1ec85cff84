/** Policy tables in the store: texts for good, proposals, and what a gateway goes by. */
import type { TableProposal } from '../../src/core/policy/table-proposal.ts'
import { tableHashOf } from '../../src/core/policy/table-revision.ts'
import type { Actor } from '../../src/core/restriction/party.ts'
import { at, type Check, NOW } from './place.ts'

const JANE: Actor = { party: 'OPS', role: 'operations', name: 'jane' }
const JOHN: Actor = { party: 'OPS', role: 'operations', name: 'john' }

function proposal(id: string, over: Partial<TableProposal> = {}): TableProposal {
  const hash = tableHashOf(`table of ${id}`)
  return {
    ...{ id, kind: 'change', hash, revision: hash.slice(0, 12), name: 'list', isShadow: false },
    ...{ reason: 'because', from: undefined, basis: undefined, tests: 'tests: []' },
    ...{ proposedBy: JANE, proposedAt: NOW, state: 'proposed' },
    ...{ decidedBy: undefined, decidedAt: undefined, note: undefined, inForceAt: undefined },
    ...over,
  }
}

function approved(id: string, inForce: number, decided = 0): TableProposal {
  return proposal(id, { state: 'approved', decidedBy: JOHN, decidedAt: at(decided), inForceAt: at(inForce) })
}

export function tablesSuite(check: Check): void {
  check('keeps a table by its hash as it was handed in first', async (t, store) => {
    const content = 'name: "list"\n# a remark, and é\n'
    const hash = tableHashOf(content)
    const kept = { hash, revision: hash.slice(0, 12), name: 'list', content, keptAt: NOW }
    await store.change(({ tables }) => tables.keepRevision(kept))
    await store.change(({ tables }) =>
      tables.keepRevision({ ...kept, content: 'other', name: 'x', keptAt: at(5) }),
    )
    await store.read(async ({ tables }) => {
      t.same(await tables.findRevision(hash), kept)
      t.same(await tables.findRevision(hash.slice(0, 12)), kept)
      t.equal(await tables.findRevision(tableHashOf('other')), undefined)
      t.equal(await tables.now(), NOW, 'by the store’s clock')
    })
  })

  check('does not give out a text that no longer fits its hash', async (t, store) => {
    const hash = tableHashOf('as approved')
    const edited = {
      hash,
      revision: hash.slice(0, 12),
      name: 'list',
      content: 'as somebody edited it',
      keptAt: NOW,
    }
    await store.change(({ tables }) => tables.keepRevision(edited))
    t.equal(await store.read(({ tables }) => tables.findRevision(hash)), undefined)
  })

  check('keeps proposals whole, and lists them newest first', async (t, store) => {
    const first = proposal('P-1', { kind: 'roll-back', isShadow: true, from: at(9), basis: 'abc' })
    const second = approved('P-2', 5)
    await store.change(async ({ tables }) => {
      await tables.putProposal(first)
      await tables.putProposal(proposal('P-2'))
      await tables.putProposal(second)
    })
    await store.read(async ({ tables }) => {
      t.same(await tables.findProposal('P-1'), first)
      t.same(await tables.findProposal('P-2'), second)
      t.equal(await tables.findProposal('P-9'), undefined)
      const page = await tables.listProposals(1)
      t.same(page.items, [second])
      t.same(await tables.listProposals(9, page.next), { items: [first], next: undefined })
      t.same(await tables.openProposals(), [first])
    })
  })

  check(
    'answers what a gateway goes by: the table in force, what comes after it, and the shadow',
    async (t, store) => {
      const proposals = [
        approved('P-1', 10),
        approved('P-2', 20),
        approved('P-3', 20, 1),
        approved('P-4', 30),
        proposal('P-5'),
        proposal('P-6', { isShadow: true }),
        proposal('P-7', { state: 'rejected', isShadow: true }),
      ]
      await store.change(async ({ tables }) => {
        for (const one of proposals) await tables.putProposal(one)
      })
      const idsAt = (offset: number) =>
        store.read(async ({ tables }) => (await tables.scheduleAt(at(offset))).map(({ id }) => id).sort())
      t.same(await idsAt(9), ['P-1', 'P-2', 'P-3', 'P-4', 'P-6'])
      t.same(await idsAt(10), ['P-1', 'P-2', 'P-3', 'P-4', 'P-6'])
      t.same(await idsAt(20), ['P-3', 'P-4', 'P-6'], 'of two at one time the one approved later')
      t.same(await idsAt(99), ['P-4', 'P-6'])
      t.same(await store.read(async ({ tables }) => (await tables.approvedProposals()).map(({ id }) => id)), [
        'P-1',
        'P-2',
        'P-3',
        'P-4',
      ])
    },
  )
}

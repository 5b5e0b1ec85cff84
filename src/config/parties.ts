/**
 * Parties and credentials in the configuration: who may come to the control plane, and as what.
 *
 * A file holds only hashes of tokens. Everything that two entries can have wrong with each other is looked at together.
 */
import { z } from 'zod'
import { type Credential, credentialProblems } from '../control/identity.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { type Party, ROLES } from '../core/restriction/party.ts'
import { canonicalName } from '../tls/certificate.ts'
import { eui, setting } from './kinds.ts'

/** A party as it is configured. */
export interface ConfiguredParty extends Party {
  /** CSP regions as the inventory writes them; empty for parties that are no CSP. */
  readonly regions: readonly string[]
  /** Names of its TLS certificates, as `southbound.tls.nameBy` reads them; empty: its EUI-64s are. */
  readonly certificates: readonly string[]
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/
const NAME_CHARACTERS = 100

const id = z.string({ error: 'give an ID' }).regex(ID, {
  error: 'give an ID of up to 40 letters, digits, dots and hyphens',
})
const name = z
  .string({ error: 'give a name' })
  .trim()
  .min(1, { error: 'give a name' })
  .max(NAME_CHARACTERS, { error: `give a name of up to ${NAME_CHARACTERS} characters` })
const roles = z
  .array(z.enum(ROLES, { error: `give one of ${ROLES.join(', ')}` }), { error: 'give a list of roles' })
  .min(1, { error: 'give at least one role' })

const party = z.strictObject({
  id,
  name,
  roles,
  euis: z.array(eui, { error: 'give a list of EUI-64s' }).default([]),
  regions: z.array(z.string().min(1), { error: 'give a list of regions' }).default([]),
  certificates: z.array(z.string().min(1), { error: 'give a list of certificate names' }).default([]),
})

const credential = z.strictObject({ tokenHash: z.string({ error: 'give a hash' }), party: id, roles, name })

export const partiesSchema = setting(z.array(party).default([]), {
  description:
    'Who may act on flags: Suppliers, network operators, the Service Centre … Without any, `serve` starts no control plane.',
  accepts:
    'a list of parties with id, name, roles, and where they have them euis, regions (of a CSP) and certificates (names, where they are not the EUI-64s)',
  example: '[{"id":"SUP-A","name":"Supplier A","roles":["supplier"],"euis":["90-B3-D5-1F-30-01-00-00"]}]',
})

export const credentialsSchema = setting(z.array(credential).default([]), {
  description: 'Tokens for API and page, by their hash; `duisgate token new` makes one.',
  accepts: 'a list of credentials with tokenHash, party, roles and name',
  example: `[{"tokenHash":"${'0a'.repeat(32)}","party":"SUP-A","roles":["supplier"],"name":"jane.doe"}]`,
})

/** Where in the configuration something is wrong, and what. */
export interface PartyProblem {
  readonly path: readonly (string | number)[]
  readonly text: string
}

/** What single entries cannot show: IDs and EUI-64s twice, regions of no CSP, credentials that lead nowhere. */
export function partyProblems(
  parties: readonly ConfiguredParty[],
  credentials: readonly Credential[],
): readonly PartyProblem[] {
  return [
    ...twiceProblems(parties),
    ...certificateProblems(parties),
    ...regionProblems(parties),
    ...credentialProblems(parties, credentials).map((text) => ({ path: ['credentials'], text })),
  ]
}

function twiceProblems(parties: readonly ConfiguredParty[]): PartyProblem[] {
  const ids = new Set<string>()
  const owners = new Map<DeviceKey, string>()
  return parties.flatMap((each, index) => {
    const path = ['parties', index]
    const isTwice = ids.has(each.id)
    ids.add(each.id)
    const euis = each.euis.flatMap((key) => {
      const owner = owners.get(key)
      owners.set(key, owner ?? each.id)
      return owner === undefined ? [] : [{ path, text: ownedProblem(each.id, key, owner) }]
    })
    return isTwice
      ? [{ path, text: `the party ${each.id} is there twice; give each its own ID` }, ...euis]
      : euis
  })
}

function ownedProblem(id: string, key: DeviceKey, owner: string): string {
  return `the party ${id} has the EUI-64 ${formatEui64(key)} of ${owner}; an EUI-64 belongs to one party`
}

/** A certificate named twice, also where one party names what is the EUI-64 of another. */
function certificateProblems(parties: readonly ConfiguredParty[]): PartyProblem[] {
  const owners = new Map<string, ConfiguredParty>()
  return parties.flatMap((party, index) =>
    certificateNames(party).flatMap((name) => {
      const owner = owners.get(name)
      owners.set(name, owner ?? party)
      const isNamed = party.certificates.length > 0 || (owner?.certificates.length ?? 0) > 0
      if (owner === undefined || !isNamed) return []
      const text = `the party ${party.id} has the certificate ${name} of ${owner.id}; a certificate belongs to one party`
      return [{ path: ['parties', index], text }]
    }),
  )
}

function certificateNames({ certificates, euis }: ConfiguredParty): readonly string[] {
  return certificates.length > 0 ? certificates.map(canonicalName) : euis.map(formatEui64)
}

function regionProblems(parties: readonly ConfiguredParty[]): PartyProblem[] {
  return parties.flatMap(({ id, roles, regions }, index) =>
    regions.length === 0 || roles.includes('csp')
      ? []
      : [
          {
            path: ['parties', index],
            text: `the party ${id} has regions and is no csp; take one or the other away`,
          },
        ],
  )
}

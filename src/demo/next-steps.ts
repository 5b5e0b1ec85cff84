/** What the demo tells a newcomer once it has played: where the page is, how to sign in, and what to send. */
import { MPAN, MPRN } from './household.ts'
import { SAMPLE_PARTIES, type SamplePartyId } from './parties.ts'
import { accountName } from './sign-in-provider.ts'

export interface NextStepsOptions {
  /** Where the page is. */
  readonly page: string
  readonly tokens: Readonly<Record<SamplePartyId, string>>
  readonly secondToken: string
  readonly ports: {
    readonly southbound: number
    readonly northbound: number
    readonly observation: number | undefined
  }
  /** Of the OpenID provider; undefined where there is none. */
  readonly issuer: string | undefined
}

/** The story of the flag, step by step. */
export function nextSteps({ page, tokens, secondToken, ports, issuer }: NextStepsOptions): string {
  const send = (file: string, port: number, path: string) =>
    `     curl -sS -H 'Content-Type: application/xml' --data-binary @fixtures/${file} http://127.0.0.1:${port}${path}`
  const { southbound, northbound, observation } = ports
  return `
Everything stays up, with nobody Restricted. Now it is your turn, from the checkout:

1. Send a read of the household's electricity meter. It passes (I99):
${send('southbound/read-import-registers.xml', southbound, '/api/v1/serviceS')}
2. Open ${page} and sign in as ${nameOf('SUP-E')} with
     ${tokens['SUP-E']}
   Search for MPAN ${MPAN}, choose "Restrict this meter", and answer the questions, until the page says "In force in every gateway".
3. Send the read again. It is rejected (E5). This firmware request passes whatever the flag (I99):
${send('southbound/firmware-two-devices.xml', southbound, '/api/v1/serviceS')}
4. Choose "Clear the flag" on the page of the meter, and once that is in force send the read again. It passes.
5. Sign in as ${nameOf('CSP-N')} with
     ${tokens['CSP-N']}
   "Notices" shows what this CSP was told of the meter, and that it was delivered: a webhook, as the rows "→ CSP" here say.

Others who may sign in, each with what it may see and do (the gas meter is MPRN ${MPRN}):
${SAMPLE_PARTIES.map(({ id, name, role }) => `     ${tokens[id]}  ${name} (${role})`).join('\n')}
${issuer === undefined ? '' : atProvider(issuer)}
More to try:
   an alert that is withheld while the meter is Restricted:
${send('northbound/alert-billing.xml', northbound, '/')}
   the API, described at ${page}api/v1/openapi.json:
     curl -sS -H 'Authorization: Bearer ${tokens['SUP-E']}' ${page}api/v1/restrictions
   another list, by two people: ${nameOf('OPS')} proposes policy/seed-2023-04-literal.yaml with its .tests.yaml (${page}tables/propose),
   and a second person approves it in another browser, or once the first has signed out:
     ${secondToken}
   what the gateway counted:
     curl -sS http://127.0.0.1:${observation}/metrics | grep ^duisgate_messages

Ctrl-C ends it.`
}

function atProvider(issuer: string): string {
  return `
Or sign in without a token: choose "Sign in with your organisation’s account" on the page, and at the provider (${issuer}),
without a password, one of these accounts; the audit then has its name:
${SAMPLE_PARTIES.map((party) => `     ${accountName(party)}  ${party.name} (${party.role})`).join('\n')}
`
}

function nameOf(id: SamplePartyId): string {
  return SAMPLE_PARTIES.find((party) => party.id === id)?.name ?? id
}

/** Settings of signing in to the page: with which tokens, and by which OpenID provider, whose claims say who somebody is. */
import { z } from 'zod'
import { ROLES } from '../core/restriction/party.ts'
import { setting, whole, yesOrNo } from './kinds.ts'
import type { ConfiguredParty, PartyProblem } from './parties.ts'

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

const issuerUrl = z
  .string()
  .refine((text) => {
    const url = URL.parse(text)
    if (url === null || `${url.username}${url.password}${url.search}${url.hash}` !== '') return false
    return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
  })
  .transform((text) => new URL(text))

const CLAIM = 'the name of a claim, or /NAME/NAME for one inside another'

const claim = (fallback: string, description: string) =>
  setting(z.string().min(1).default(fallback), { description, accepts: CLAIM, example: fallback })

const wordMap = z.record(z.string().min(1), z.string().min(1)).default({})

const oidcSchema = z
  .strictObject({
    issuer: setting(issuerUrl, {
      description: 'Issuer of the OpenID provider; its discovery document is found below it.',
      accepts: 'an https URL without query, user and password (http on loopback alone)',
      example: 'https://id.example/realms/energy',
    }),
    clientId: setting(z.string().min(1), {
      description: 'Under which this page is registered with the provider.',
      accepts: 'a client ID',
      example: 'duisgate',
    }),
    clientSecret: setting(z.string().min(1).optional(), {
      description: 'Secret of the client; absent: a public client, which shows itself by PKCE alone.',
      accepts: 'a secret',
      example: 'from-the-provider',
      isSecret: true,
    }),
    clientSecretFile: setting(z.string().min(1).optional(), {
      description: 'A file with the secret, in place of `clientSecret`; read again within an hour.',
      accepts: 'the path of a file',
      example: '/etc/duisgate/oidc-secret',
      isPath: true,
    }),
    scopes: setting(z.array(z.string().regex(/^\S+$/)).default(['openid', 'profile']), {
      description:
        'What the provider is asked for. With one that brings a refresh token (often offline_access) sessions are renewed.',
      accepts: 'a list of scopes with openid among them',
      example: 'openid,profile,groups',
    }),
    nameClaim: claim(
      'preferred_username',
      'The claim with the name that the audit has. One that the provider gives to nobody else later.',
    ),
    partyClaim: claim('organisation', 'The claim that says which party somebody belongs to.'),
    parties: setting(wordMap, {
      description:
        'Values of `partyClaim`, each with the ID of its party; none: the values are IDs of parties.',
      accepts: 'a map of values to IDs of parties',
      example: 'acme-energy=SUP-A',
    }),
    roleClaim: claim('roles', 'The claim that says under which roles somebody may act.'),
    roles: setting(wordMap, {
      description:
        'Values of `roleClaim`, each with its role; other values count for nothing. None: the values are roles.',
      accepts: `a map of values to ${ROLES.join(', ')}`,
      example: 'flag-suppliers=supplier',
    }),
    clockToleranceMs: whole(
      'milliseconds',
      0,
      300_000,
      30_000,
      'How far the clocks of provider and control plane may be apart.',
    ),
    timeoutMs: whole('milliseconds', 100, 60_000, 5_000, 'What the provider may take to answer.'),
  })
  .optional()

export const signInSchema = z
  .strictObject({
    tokens: yesOrNo(true, 'Whether the page takes the tokens of `credentials`. The API always does.'),
    tokenDays: whole(
      'days',
      0,
      366,
      90,
      'How long a token lives at most that somebody made on the page, for the API; 0: there are none.',
    ),
    oidc: oidcSchema,
  })
  .prefault({})

interface Connected {
  readonly controlPlane: { readonly origin?: URL | undefined; readonly signIn: z.output<typeof signInSchema> }
  readonly parties: readonly ConfiguredParty[]
}

/** What single settings cannot show. */
export function signInProblems({ controlPlane, parties }: Connected): readonly PartyProblem[] {
  const { origin, signIn } = controlPlane
  const { oidc } = signIn
  const at = (key: string, text: string): PartyProblem => ({
    path: ['controlPlane', 'signIn', ...key.split('.')],
    text: `controlPlane.signIn.${key} ${text}`,
  })
  if (!oidc)
    return signIn.tokens
      ? []
      : [at('tokens', 'is false and there is no oidc: nobody could sign in; give one of them')]
  const problems: PartyProblem[] = []
  if (!origin)
    problems.push(
      at(
        'oidc.issuer',
        'needs controlPlane.origin, where the provider sends browsers back to; give it, for example https://flags.example',
      ),
    )
  if (oidc.clientSecret !== undefined && oidc.clientSecretFile !== undefined)
    problems.push(at('oidc.clientSecretFile', 'stands beside clientSecret; take one of them away'))
  if (!oidc.scopes.includes('openid'))
    problems.push(at('oidc.scopes', 'lacks openid, without which nobody is told who signed in; add it'))
  for (const [value, id] of Object.entries(oidc.parties))
    if (!parties.some((party) => party.id === id))
      problems.push(
        at('oidc.parties', `has "${value}" as ${id}, which is not configured; add it to the parties`),
      )
  for (const [value, role] of Object.entries(oidc.roles))
    if (!(ROLES as readonly string[]).includes(role))
      problems.push(
        at('oidc.roles', `has "${value}" as ${role}, which is no role; give one of ${ROLES.join(', ')}`),
      )
  return problems
}

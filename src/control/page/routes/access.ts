/** Signing in and out, with a token or at the OpenID provider, and the choice of a role. */
import { isRole } from '../../identity.ts'
import type { ProviderTools } from '../../page-seam.ts'
import {
  notSignedInPage,
  roleChoicePage,
  type SignInWays,
  signedInPage,
  signedOutPage,
  signInPage,
} from '../views/sign-in.ts'
import type { PageServices, Pages, Visit } from './visit.ts'

export function addAccessPages({ page, get, post }: Pages): void {
  get('/sign-in', 'public', (visit) =>
    visit.isSignedIn ? visit.goTo('/') : visit.show(signInPage(localPath(visit.query('next')), waysOf(page))),
  )
  if (page.takesTokens) post('/sign-in', 'public', signIn)
  const { provider } = page
  if (provider) {
    get('/sign-in/provider', 'public', (visit) => toProvider(visit, provider))
    get('/sign-in/callback', 'public', (visit) => fromProvider(visit, provider))
  }
  get('/role', 'signed-in', (visit) => visit.show(roleChoicePage(visit.visitor, visit.roles)))
  post('/role', 'signed-in', chooseRole)
  post('/sign-out', 'signed-in', async (visit) => {
    const address = await page.signOut(visit.context)
    return address === undefined ? visit.goTo('/sign-in') : visit.show(signedOutPage(address))
  })
}

function waysOf({ takesTokens, provider }: PageServices): SignInWays {
  return { takesTokens, hasProvider: provider !== undefined }
}

async function toProvider(visit: Visit, provider: ProviderTools): Promise<Response> {
  if (visit.isSignedIn) return visit.goTo('/')
  const begun = await provider.begin(visit.context, localPath(visit.query('next')))
  return URL.canParse(begun)
    ? visit.goTo(begun)
    : visit.show(notSignedInPage('unavailable', waysOf(visit.page), 0), 503)
}

/** A page and no redirect: the way here began at another site, from which our session's cookie does not go along. */
async function fromProvider(visit: Visit, provider: ProviderTools): Promise<Response> {
  const came = await provider.comeBack(visit.context)
  if (came.ok) {
    const isOneRole = came.session.identity.roles.length === 1
    return visit.show(signedInPage(isOneRole ? localPath(came.next) : '/role'))
  }
  if (came.retryAfterS > 0) visit.context.header('Retry-After', String(came.retryAfterS))
  const status = came.retryAfterS > 0 ? 429 : came.why === 'unavailable' ? 503 : 403
  return visit.show(notSignedInPage(came.why, waysOf(visit.page), came.retryAfterS), status)
}

async function signIn(visit: Visit): Promise<Response> {
  const answers = await visit.answers()
  const next = localPath(answers.text('next'))
  const token = answers.text('token')
  const outcome = token === '' ? undefined : await visit.page.signIn(visit.context, token)
  if (outcome?.ok) return visit.goTo(outcome.session.identity.roles.length === 1 ? next : '/role')
  const waitS = outcome?.retryAfterS ?? 0
  if (waitS > 0) visit.context.header('Retry-After', String(waitS))
  const problem = { field: 'token', text: waitS > 0 ? tooOften(waitS) : whyNot(outcome) }
  return visit.show(signInPage(next, waysOf(visit.page), [problem]), waitS > 0 ? 429 : 422)
}

function whyNot(outcome: { readonly why: string } | undefined): string {
  if (!outcome) return 'Enter your access token.'
  return outcome.why === 'for-the-api' ? FOR_THE_API : UNKNOWN_TOKEN
}

function tooOften(waitS: number): string {
  return `This token is not known, and there were too many like it. Wait ${waitS} seconds, then try another one.`
}

const UNKNOWN_TOKEN =
  'This token is not known. Check that you copied all of it, or ask DSP operations for a new one.'

const FOR_THE_API =
  'This token was made on this page and is for the API. Sign in with what you signed in with when you made it.'

async function chooseRole(visit: Visit): Promise<Response> {
  const role = (await visit.answers()).text('role')
  if (isRole(role) && visit.roles.includes(role)) {
    await visit.page.changeRole(visit.context, role)
    return visit.goTo('/')
  }
  const problems = [{ field: 'role', text: 'Choose one of your roles.' }]
  return visit.show(roleChoicePage(visit.visitor, visit.roles, problems), 422)
}

/** A path of this site; anything that could lead elsewhere becomes the home page. */
function localPath(text: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(text) ? text : '/'
}

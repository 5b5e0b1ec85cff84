/** Signing in and out, and the choice of a role. */

import type { ControlContext } from '../../context.ts'
import { isRole } from '../../identity.ts'
import { roleChoicePage, signInPage } from '../views/sign-in.ts'
import { formOf, goTo, type PageContext, show, signedIn, visitorOf } from './page-context.ts'

export function addAccessPages(page: PageContext): void {
  page.get('/sign-in', 'public', (context) => {
    if (visitorOf(context)) return goTo(context, '/')
    return show(context, signInPage(localPath(context.req.query('next'))))
  })
  page.post('/sign-in', 'public', (context) => signIn(page, context))
  page.get('/role', 'signed-in', (context) =>
    show(context, roleChoicePage(signedIn(context).visitor, rolesOf(context))),
  )
  page.post('/role', 'signed-in', (context) => chooseRole(page, context))
  page.post('/sign-out', 'signed-in', async (context) => {
    await page.signOut(context)
    return goTo(context, '/sign-in')
  })
}

async function signIn(page: PageContext, context: ControlContext): Promise<Response> {
  const form = await formOf(context)
  const next = localPath(form.text('next'))
  const token = form.text('token')
  const outcome = token === '' ? undefined : await page.signIn(context, token)
  if (outcome?.ok) {
    const isOne = outcome.session.identity.roles.length === 1
    return goTo(context, isOne ? next : '/role')
  }
  const waitS = outcome?.retryAfterS ?? 0
  if (waitS > 0) context.header('Retry-After', String(waitS))
  const text = outcome ? UNKNOWN_TOKEN : 'Enter your access token.'
  const problem = { field: 'token', text: waitS > 0 ? tooOften(waitS) : text }
  return show(context, signInPage(next, [problem]), waitS > 0 ? 429 : 422)
}

function tooOften(waitS: number): string {
  return `This token is not known, and there were too many like it. Wait ${waitS} seconds, then try another one.`
}

const UNKNOWN_TOKEN =
  'This token is not known. Check that you copied all of it, or ask DSP operations for a new one.'

async function chooseRole(page: PageContext, context: ControlContext): Promise<Response> {
  const role = (await formOf(context)).text('role')
  const roles = rolesOf(context)
  if (isRole(role) && roles.includes(role)) {
    await page.changeRole(context, role)
    return goTo(context, '/')
  }
  const problems = [{ field: 'role', text: 'Choose one of your roles.' }]
  return show(context, roleChoicePage(signedIn(context).visitor, roles, problems), 422)
}

function rolesOf(context: ControlContext) {
  return context.get('identity')?.roles ?? []
}

/** A path of this site; anything that could lead elsewhere becomes the home page. */
function localPath(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(text) ? text : '/'
}

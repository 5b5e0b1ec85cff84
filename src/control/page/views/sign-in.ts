/** Signing in with a token or at the OpenID provider, signing out there, and choosing the role to act under. */
import type { Role } from '../../../core/restriction/party.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { linkButton, submitButton } from '../../html/notices.ts'
import { ROLE_NAMES } from '../../html/wording.ts'
import type { SignInTrouble } from '../../page-seam.ts'
import { radios } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

/** By which ways people may sign in here. */
export interface SignInWays {
  readonly takesTokens: boolean
  readonly hasProvider: boolean
}

/** The page for whoever has not signed in. `next` is where to go afterwards, a path of this site. */
export function signInPage(
  next: string,
  { takesTokens, hasProvider }: SignInWays,
  problems: readonly Problem[] = [],
): Html {
  return page({
    title: 'Sign in',
    visitor: undefined,
    problems,
    content: html`${hasProvider ? linkButton(`/sign-in/provider?${new URLSearchParams({ next })}`, 'Sign in with your organisation’s account') : NOTHING}
${takesTokens ? tokenForm(next, hasProvider, problems) : NOTHING}`,
  })
}

function tokenForm(next: string, isSecond: boolean, problems: readonly Problem[]): Html {
  return html`${isSecond ? html`<h2 class="govuk-heading-m">Or with an access token</h2>` : NOTHING}<p class="govuk-body">Use the access token that DSP operations gave your organisation. It starts with <code>duisgate_</code>.</p>
<form method="post" action="/sign-in" novalidate>
<input type="hidden" name="next" value="${next}">
${textField({ id: 'token', label: 'Access token', type: 'password', autocomplete: 'current-password', problems })}
${submitButton('Sign in')}
</form>
<p class="govuk-body">If you have no token, or yours no longer works, ask DSP operations for a new one.</p>`
}

/** What somebody is told who was not signed in at the provider. None of it says what the provider knows. */
const TROUBLES: Readonly<Record<SignInTrouble, string>> = {
  'not-begun':
    'This sign-in was not begun in this browser, was begun more than ten minutes ago, or was used already. Start again.',
  unavailable:
    'The sign-in service of your organisation does not answer, or not as it should. Try again in a few minutes. DSP operations find the reason in the log.',
  declined:
    'The sign-in service of your organisation did not let you in, or you turned back. Start again, or ask whoever looks after your account.',
  rejected:
    'What the sign-in service of your organisation sent back does not hold. Start again; if it goes on, tell DSP operations.',
  'no-name': 'Your account has no name that could stand in the audit. Ask whoever looks after your account.',
  'no-party':
    'Your account belongs to no party that is known here. Ask whoever looks after your account, or DSP operations.',
  'several-parties':
    'Your account belongs to several parties, and one acts for one alone. Ask whoever looks after your account.',
  'no-role': 'Your account has no role here. Ask whoever looks after your account.',
  'role-of-another':
    'Your account has a role that your organisation does not have here. Ask whoever looks after your account, or DSP operations.',
}

/** The page for whoever was not signed in at the provider. */
export function notSignedInPage(why: SignInTrouble, { takesTokens }: SignInWays, waitS: number): Html {
  return page({
    title: 'You are not signed in',
    visitor: undefined,
    content: html`<p class="govuk-body">${TROUBLES[why]}</p>
${waitS > 0 ? html`<p class="govuk-body">There were too many attempts like it from here. Wait ${waitS} seconds.</p>` : NOTHING}
<p class="govuk-body"><a class="govuk-link" href="/sign-in">${takesTokens ? 'Start again, or sign in with an access token' : 'Start again'}</a></p>`,
  })
}

/** The page on the way from the provider to `next`. */
export function signedInPage(next: string): Html {
  return page({
    title: 'You are signed in',
    visitor: undefined,
    goOnTo: next,
    content: html`<p class="govuk-body"><a class="govuk-link" href="${next}">Go on</a></p>`,
  })
}

/** The page on the way to the provider, whose own session ends there. */
export function signedOutPage(address: string): Html {
  return page({
    title: 'You are signed out here',
    visitor: undefined,
    goOnTo: address,
    content: html`<p class="govuk-body"><a class="govuk-link" href="${address}">Go on to sign out of your organisation’s account</a></p>`,
  })
}

/** What a role is for, in the words of whoever has it. */
const ROLE_HINTS: Readonly<Record<Role, string>> = {
  supplier: 'Restrict and clear the meters you supply.',
  'network-operator': 'See which of your meter points are Restricted.',
  'service-centre': 'Act for a Supplier on a ticket.',
  csp: 'See which Devices to leave out of your measures.',
  operations: 'See gateways, freshness and verdicts.',
  auditor: 'Read the audit trail.',
}

/** The page that asks which role to act under. */
export function roleChoicePage(
  visitor: Visitor,
  roles: readonly Role[],
  problems: readonly Problem[] = [],
): Html {
  return page({
    title: 'Choose a role',
    visitor,
    problems,
    content: formTo(
      visitor,
      '/role',
      html`${radios({
        id: 'role',
        label: 'Act as',
        hint: 'You can change it later from the home page.',
        problems,
        chosen: [visitor.role],
        choices: roles.map((role) => ({ value: role, text: ROLE_NAMES[role], hint: ROLE_HINTS[role] })),
      })}${submitButton('Continue')}`,
    ),
  })
}

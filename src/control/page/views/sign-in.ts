/** Signing in with a token, and choosing the role to act under when the token has several. */
import type { Role } from '../../../core/restriction/party.ts'
import { type Html, html } from '../../html/html.ts'
import { submitButton } from '../../html/notices.ts'
import { ROLE_NAMES } from '../../html/wording.ts'
import { radios } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

/** The page for whoever has not signed in. `next` is where to go afterwards, a path of this site. */
export function signInPage(next: string, problems: readonly Problem[] = []): Html {
  return page({
    title: 'Sign in',
    visitor: undefined,
    problems,
    content: html`<p class="govuk-body">Use the access token that DSP operations gave your organisation. It starts with <code>duisgate_</code>.</p>
<form method="post" action="/sign-in" novalidate>
<input type="hidden" name="next" value="${next}">
${textField({ id: 'token', label: 'Access token', type: 'password', autocomplete: 'current-password', problems })}
${submitButton('Sign in')}
</form>
<p class="govuk-body">If you have no token, or yours no longer works, ask DSP operations for a new one.</p>`,
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

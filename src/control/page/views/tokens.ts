/** Tokens that people made for the API: the list, the form for a new one, and the one page that shows it. */
import type { Role } from '../../../core/restriction/party.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import type { AccessToken } from '../../../store/token-store.ts'
import { type Html, type HtmlValue, html, NOTHING } from '../../html/html.ts'
import { dataTable, type PageLinks, pagination } from '../../html/lists.ts'
import { submitButton, type TagColour, tag, warningText } from '../../html/notices.ts'
import { timeElement } from '../../html/times.ts'
import { ROLE_NAMES } from '../../html/wording.ts'
import type { TokenView } from '../../token-service.ts'
import type { Answers } from '../forms/answers.ts'
import { checkboxes } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

export interface TokensPage extends PageLinks {
  readonly visitor: Visitor
  /** All that the visitor holds. */
  readonly roles: readonly Role[]
  readonly tokens: readonly TokenView[]
  /** The ID that the next token gets. */
  readonly newId: string
  /** 0: no token is made, and none works. */
  readonly maxDays: number
  readonly answers: Answers
  readonly problems: readonly Problem[]
}

export function tokensPage(shown: TokensPage): Html {
  const { visitor, problems, maxDays } = shown
  const isOfAll = reachOf(visitor, 'tokens') === 'any'
  return page({
    title: isOfAll ? 'Access tokens' : 'Your access tokens',
    visitor,
    problems,
    content: html`<p class="govuk-body">A program uses the <a class="govuk-link" href="/api/v1/openapi.json">API</a> with a token, in your name. Give each program its own, and revoke it when it is no longer needed. These tokens do not sign anybody in here.</p>
${isOfAll ? html`<p class="govuk-body">You see the tokens of everybody that were made on this page. Tokens of the configuration are not among them.</p>` : NOTHING}
${tokensTable(shown, isOfAll)}${pagination(shown)}
${maxDays > 0 ? form(shown) : html`<p class="govuk-body">Here no tokens are made, and none that was made works.</p>`}`,
  })
}

const STATES: Readonly<Record<TokenView['state'], readonly [string, TagColour]>> = {
  works: ['Works', 'green'],
  expired: ['Expired', 'grey'],
  revoked: ['Revoked', 'red'],
}

function tokensTable({ visitor, tokens }: TokensPage, isOfAll: boolean): Html {
  return dataTable({
    caption: 'Tokens, the newest first',
    head: ['For', ...(isOfAll ? ['Whose'] : []), 'Roles', 'Made', 'Until', 'State', 'Revoke'],
    rows: tokens.map((token) => [
      token.purpose,
      ...(isOfAll ? [`${token.party} · ${token.name}`] : []),
      token.roles.map((role) => ROLE_NAMES[role]).join(', '),
      timeElement(token.madeAt),
      timeElement(token.expiresAt),
      tag(...STATES[token.state]),
      revokeCell(visitor, token),
    ]),
    whenEmpty: 'There are none.',
  })
}

function revokeCell(
  visitor: Visitor,
  { id, purpose, mayRevoke, revokedAt, revokedBy }: TokenView,
): HtmlValue {
  if (revokedAt !== undefined) return html`${timeElement(revokedAt)} by ${revokedBy?.name ?? 'nobody known'}`
  if (!mayRevoke) return '–'
  return formTo(
    visitor,
    `/tokens/${id}/revoke`,
    html`<button type="submit" class="dg-link-button">Revoke<span class="govuk-visually-hidden"> ${purpose}</span></button>`,
  )
}

/** The most that a token may say of what it is for. */
export const PURPOSE_CHARACTERS = 60

function form({ visitor, roles, newId, maxDays, answers, problems }: TokensPage): Html {
  const chosen = answers.texts('roles')
  return html`<h2 class="govuk-heading-m">Make a token</h2>
${formTo(
  visitor,
  '/tokens',
  html`<input type="hidden" name="id" value="${newId}">
${textField({ id: 'purpose', label: 'What is it for?', hint: 'For example: nightly upload', value: answers.text('purpose'), width: 20, maxLength: PURPOSE_CHARACTERS, problems })}
${
  roles.length > 1
    ? checkboxes({
        id: 'roles',
        label: 'Roles that it may act under',
        choices: roles.map((role) => ({ value: role, text: ROLE_NAMES[role] })),
        chosen,
        problems,
      })
    : NOTHING
}
${textField({ id: 'days', label: 'Days until it expires', hint: `A whole number from 1 to ${maxDays}`, value: answers.text('days'), width: 4, isNumeric: true, problems })}
${submitButton('Make the token')}`,
)}`
}

/** The only page that ever shows the token. */
export function newTokenPage(visitor: Visitor, token: string, made: AccessToken): Html {
  return page({
    title: 'Your new token',
    visitor,
    back: '/tokens',
    content: html`${warningText('Copy it now. It is shown only this once and kept nowhere.')}
<p class="govuk-body"><code class="dg-id">${token}</code></p>
<p class="govuk-body">For ${made.purpose}, until ${timeElement(made.expiresAt)}. Send it as <code>Authorization: Bearer</code>${
      made.roles.length > 1 ? html` and name one of its roles in <code>Duisgate-Role</code>` : NOTHING
    }. Whoever has it acts in your name: keep it where passwords are kept.</p>
<p class="govuk-body"><a class="govuk-link" href="/tokens">Your access tokens</a></p>`,
  })
}

/**
 * The frame of every page: title, skip link, header, navigation, one main landmark, footer.
 *
 * The crown, the GOV.UK name and the GDS Transport font belong to gov.uk alone and are not used.
 */
import type { Role } from '../../../core/restriction/party.ts'
import { type Operation, reachOf } from '../../../restrictions/permissions.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { ROLE_NAMES } from '../../html/wording.ts'
import { errorSummary, type Problem } from './problems.ts'

/** Who looks at the page. */
export interface Visitor {
  readonly role: Role
  readonly name: string
  readonly partyName: string
  /** Sent back by every form, to show that the form was ours. */
  readonly csrfToken: string
}

export interface PageFrame {
  /** Also the `h1` unless the content brings its own. */
  readonly title: string
  /** Undefined before somebody has signed in. */
  readonly visitor: Visitor | undefined
  /** The item of the navigation that the page belongs to. */
  readonly section?: Section | undefined
  /** Where "Back" leads; absent on the pages of the navigation. */
  readonly back?: string | undefined
  readonly problems?: readonly Problem[]
  /** A smaller line above the heading. */
  readonly caption?: string | undefined
  readonly ownHeading?: boolean
  /** Seconds after which the page renews itself; undefined for a page that stays. */
  readonly renewS?: number | undefined
  /**
   * Where the browser goes on by itself. Not by a redirect: one that began at another site would go without our cookie, and one
   * that answers a form may not leave this site.
   */
  readonly goOnTo?: string | undefined
  readonly content: Html
}

interface SectionEntry {
  readonly href: string
  readonly text: string
  /** Seen by the roles that may do it; by every role when absent. */
  readonly operation?: Operation
}

const SECTIONS = {
  home: { href: '/', text: 'Home' },
  search: { href: '/search', text: 'Find a meter' },
  restricted: { href: '/restricted', text: 'Restricted meters', operation: 'list' },
  tasks: { href: '/tasks', text: 'Tasks', operation: 'tasks' },
  notices: { href: '/notices', text: 'Notices', operation: 'notices' },
  incidents: { href: '/incidents', text: 'Incidents', operation: 'incidents' },
  bulk: { href: '/bulk', text: 'Bulk upload', operation: 'bulk' },
  reports: { href: '/reports', text: 'Reports', operation: 'report-exceptions' },
  list: { href: '/list-in-force', text: 'List in force', operation: 'table' },
  decisions: { href: '/decisions', text: 'Decisions', operation: 'decisions' },
  audit: { href: '/audit', text: 'Audit', operation: 'audit' },
  operations: { href: '/operations', text: 'Operations', operation: 'gateways' },
} as const satisfies Record<string, SectionEntry>

export type Section = keyof typeof SECTIONS

/** The sections a role may open, in the order of the navigation. */
export function sectionsOf(role: Role): readonly (readonly [Section, SectionEntry])[] {
  return (Object.entries(SECTIONS) as [Section, SectionEntry][]).filter(
    ([, { operation }]) => operation === undefined || reachOf({ role }, operation) !== undefined,
  )
}

export function page(frame: PageFrame): Html {
  const problems = frame.problems ?? []
  const fullTitle = `${problems.length > 0 ? 'Error: ' : ''}${frame.title} – duisgate`
  return html`<!DOCTYPE html>
<html lang="en-GB" class="govuk-template">
<head>
<meta charset="utf-8">
<title>${fullTitle}</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/govuk-frontend.min.css">
<link rel="stylesheet" href="/assets/page.css">
<script type="module" src="/assets/page.js"></script>
${frame.goOnTo === undefined ? NOTHING : html`<meta http-equiv="refresh" content="0; url=${frame.goOnTo}">`}
${frame.renewS === undefined ? NOTHING : html`<noscript><meta http-equiv="refresh" content="${frame.renewS}"></noscript>`}
</head>
<body class="govuk-template__body">
<a href="#main-content" class="govuk-skip-link" data-module="govuk-skip-link">Skip to main content</a>
${header(frame)}
<div class="govuk-width-container">
${frame.back === undefined ? NOTHING : html`<nav aria-label="Back"><a href="${frame.back}" class="govuk-back-link">Back</a></nav>`}
<main class="govuk-main-wrapper" id="main-content" tabindex="-1"${frame.renewS === undefined ? NOTHING : html` data-renew-s="${frame.renewS}"`}>
${errorSummary(problems)}
${frame.caption === undefined ? NOTHING : html`<span class="govuk-caption-l">${frame.caption}</span>`}
${frame.ownHeading ? NOTHING : html`<h1 class="govuk-heading-l">${frame.title}</h1>`}
${frame.content}
</main>
</div>
${footer()}
</body>
</html>`
}

/** The start of a form that changes something; the end is `</form>`. `multipart` for forms that send a file. */
export function formTo(
  visitor: Pick<Visitor, 'csrfToken'>,
  action: string,
  content: Html,
  multipart = false,
): Html {
  return html`<form method="post" action="${action}" novalidate${
    multipart ? html` enctype="multipart/form-data"` : NOTHING
  }><input type="hidden" name="csrf" value="${visitor.csrfToken}">${content}</form>`
}

function header({ visitor, section, back }: PageFrame): Html {
  return html`<header class="govuk-template__header">
<div class="dg-brand"><div class="govuk-width-container"><a class="dg-brand__link" href="/">duisgate</a>
<span class="dg-brand__text">Restricted flag service</span></div></div>
${visitor === undefined ? NOTHING : navigation(visitor, section, back === undefined ? 'page' : 'true')}
</header>`
}

/** `mark`: `page` on the page of the section itself, `true` on those below it. */
function navigation(visitor: Visitor, section: Section | undefined, mark: 'page' | 'true'): Html {
  return html`<section aria-label="Service information" class="govuk-service-navigation" data-module="govuk-service-navigation">
<div class="govuk-width-container">
<div class="dg-visitor">
<p class="govuk-body-s dg-visitor__who">${[...new Set([visitor.partyName, ROLE_NAMES[visitor.role], visitor.name])].join(' · ')}</p>
<div class="dg-visitor__own"><a class="govuk-link" href="/tokens">Access tokens</a>
${formTo(visitor, '/sign-out', html`<button type="submit" class="dg-link-button">Sign out</button>`)}</div>
</div>
<div class="govuk-service-navigation__container">
<nav aria-label="Menu" class="govuk-service-navigation__wrapper">
<button type="button" class="govuk-service-navigation__toggle govuk-js-service-navigation-toggle" aria-controls="navigation" hidden aria-hidden="true">Menu</button>
<ul class="govuk-service-navigation__list" id="navigation">${sectionsOf(visitor.role).map(([name, entry]) => navigationItem(entry, name === section ? mark : undefined))}</ul>
</nav></div></div></section>`
}

function navigationItem({ href, text }: SectionEntry, mark: 'page' | 'true' | undefined): Html {
  if (mark === undefined) {
    return html`<li class="govuk-service-navigation__item"><a class="govuk-service-navigation__link" href="${href}">${text}</a></li>`
  }
  return html`<li class="govuk-service-navigation__item govuk-service-navigation__item--active"><a class="govuk-service-navigation__link" href="${href}" aria-current="${mark}"><strong class="govuk-service-navigation__active-fallback">${text}</strong></a></li>`
}

function footer(): Html {
  return html`<footer class="govuk-template__footer"><div class="govuk-footer"><div class="govuk-width-container">
<p class="govuk-body-s dg-footer">duisgate keeps the Restricted flag of MP169. No consumption data and no consumer’s name is stored here.</p>
<p class="govuk-body-s dg-footer"><a class="govuk-footer__link" href="/list-in-force">What is restricted</a>
<a class="govuk-footer__link" href="/api/v1/openapi.json">API</a></p>
</div></div></footer>`
}

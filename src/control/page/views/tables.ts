/** The governed tables: which was in force when, what is proposed, and the form to propose one. */
import type { Instant } from '../../../core/device/device.ts'
import type { ProposalStage, TableProposal } from '../../../core/policy/table-proposal.ts'
import type { ProposalView } from '../../../governance/table-governance.ts'
import type { TableSpan } from '../../../governance/table-history.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable, type PageLinks, pagination } from '../../html/lists.ts'
import { insetText, linkButton, submitButton, type TagColour, tag, warningText } from '../../html/notices.ts'
import { counted, timeElement, timeOrNone } from '../../html/times.ts'
import type { GatewaysRunning, TableHistory } from '../../policy-service.ts'
import type { Answers } from '../forms/answers.ts'
import { checkboxes } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { fileField, textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'
import { whenField } from '../parts/when-field.ts'

const STAGES: Readonly<Record<ProposalStage, readonly [string, TagColour]>> = {
  proposed: ['Proposed', 'yellow'],
  scheduled: ['Scheduled', 'blue'],
  'in-force': ['In force', 'green'],
  superseded: ['Superseded', 'grey'],
  rejected: ['Rejected', 'red'],
  withdrawn: ['Withdrawn', 'red'],
}

/** Where a proposal is in its life, as a tag. */
export function stageTag(stage: ProposalStage): Html {
  const [text, colour] = STAGES[stage]
  return tag(text, colour)
}

export interface TablesPage extends PageLinks, Pick<TableHistory, 'now' | 'spans' | 'gateways'> {
  readonly visitor: Visitor
  readonly isGoverned: boolean
  /** Undefined for roles that do not see proposals. */
  readonly proposals: readonly ProposalView[] | undefined
  readonly mayGovern: boolean
}

export function tablesPage(tables: TablesPage): Html {
  const { visitor, isGoverned, proposals, mayGovern } = tables
  return page({
    title: 'Lists over time',
    visitor,
    section: 'list',
    content: html`<p class="govuk-body">A list comes into force when one person has proposed it and another has approved it. The texts are kept for good.</p>
${isGoverned ? NOTHING : warningText('The settings here name a file. Gateways go by these lists only with the setting table: store.')}
${mayGovern ? linkButton('/tables/propose', 'Propose a list') : NOTHING}
${spanTable(tables)}
${proposals === undefined ? NOTHING : proposalTable(proposals)}${pagination(tables)}`,
  })
}

function spanTable({ spans, now, gateways, proposals }: TablesPage): Html {
  return dataTable({
    caption: 'Lists that were, are or will be in force',
    head: ['From', 'Until', 'List', 'Revision', 'State'],
    rows: [...spans]
      .reverse()
      .map((span) => [
        timeElement(span.from),
        timeOrNone(span.until, '–'),
        span.proposal.name,
        proposals === undefined
          ? html`<span class="dg-id">${span.proposal.revision}</span>`
          : html`<a class="govuk-link dg-id" href="/tables/proposals/${span.proposal.id}">${span.proposal.revision}</a>`,
        stateOf(span, now, gateways),
      ]),
    whenEmpty: 'No list was put in force here yet.',
  })
}

function stateOf({ from, until }: TableSpan, now: Instant, { live, running }: GatewaysRunning): Html {
  if (from > now) return stageTag('scheduled')
  if (until !== undefined && until <= now) return stageTag('superseded')
  const isEverywhere = live > 0 && running === live
  return html`${isEverywhere ? stageTag('in-force') : tag('Propagating', 'yellow')} Run by ${running} of ${counted(live, 'gateway')}`
}

function proposalTable(proposals: readonly ProposalView[]): Html {
  return dataTable({
    caption: 'Proposals, newest first',
    head: ['Proposed', 'By', 'List', 'Takes effect', 'State'],
    rows: proposals.map((proposal) => [
      timeElement(proposal.proposedAt),
      `${proposal.proposedBy.name}, ${proposal.proposedBy.party}`,
      html`<a class="govuk-link" href="/tables/proposals/${proposal.id}">${kindWords(proposal)} <span class="dg-id">${proposal.revision}</span></a>`,
      timeOrNone(proposal.inForceAt ?? proposal.from, 'Once approved'),
      html`${stageTag(proposal.stage)}${isOnTrial(proposal) ? html` ${tag('On trial', 'purple')}` : NOTHING}`,
    ]),
    whenEmpty: 'Nothing was proposed yet.',
  })
}

function kindWords({ kind, name }: TableProposal): string {
  return kind === 'roll-back' ? `Back to ${name}` : name
}

function isOnTrial({ isShadow, stage }: ProposalView): boolean {
  return isShadow && (stage === 'proposed' || stage === 'scheduled')
}

export interface ProposeForm {
  readonly visitor: Visitor
  readonly answers: Answers
  readonly problems: readonly Problem[]
}

export function proposePage({ visitor, answers, problems }: ProposeForm): Html {
  const fields = html`${fileField({ id: 'table', label: 'The list', hint: 'A YAML file that passes duisgate check', accept: '.yaml,.yml', problems })}
${fileField({ id: 'tests', label: 'Its unit tests', hint: 'The file NAME.tests.yaml beside it', accept: '.yaml,.yml', problems })}
${textField({ id: 'reason', label: 'Why', hint: 'A sentence for whoever approves it and for the record', value: answers.text('reason'), problems })}
${whenField({
  ...{ label: 'When should it take effect?', answers, problems },
  now: { text: 'As soon as it is approved' },
  later: 'At a day and time',
})}
${checkboxes({
  id: 'isShadow',
  label: 'Trial',
  choices: [{ value: 'yes', text: 'Have gateways compare it with the list in force while it is open' }],
  chosen: answers.isTicked('isShadow') ? ['yes'] : [],
})}
${submitButton('Propose')}`
  return page({
    title: 'Propose a list',
    visitor,
    section: 'list',
    back: '/tables',
    problems,
    content: html`${insetText('Another person with the role operations has to approve it.')}${formTo(visitor, '/tables/propose', fields, true)}`,
  })
}

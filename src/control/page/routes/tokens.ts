/** The tokens that somebody made for the API: the list with the form for a new one, the token itself once, and revoking. */
import type { Role } from '../../../core/restriction/party.ts'
import { keptText } from '../../../core/restriction/typed-text.ts'
import { MOST_TOKENS } from '../../token-service.ts'
import type { Answers } from '../forms/answers.ts'
import { NO_ANSWERS } from '../forms/answers.ts'
import type { Problem } from '../parts/problems.ts'
import { newTokenPage, PURPOSE_CHARACTERS, tokensPage } from '../views/tokens.ts'
import { PAGE_ROWS, type Pages, type Visit } from './visit.ts'

export function addTokenPages({ get, post, page }: Pages): void {
  get('/tokens', { operation: 'tokens' }, (visit) => list(visit, NO_ANSWERS, []))
  post('/tokens', { operation: 'tokens' }, make)
  post('/tokens/:id/revoke', { operation: 'revoke-token' }, async (visit) => {
    const isDone = await page.tokens.revoke(visit.actor, visit.param())
    return isDone ? visit.goTo('/tokens') : visit.notFound()
  })
}

async function list(visit: Visit, answers: Answers, problems: readonly Problem[]): Promise<Response> {
  const { page, actor, visitor, roles } = visit
  const found = await page.tokens.list(actor, PAGE_ROWS, visit.after)
  const view = tokensPage({
    ...{ visitor, roles, answers, problems, tokens: found.items },
    ...{ newId: page.tokens.newId(), maxDays: page.tokens.maxDays },
    ...visit.pageLinks('/tokens', {}, found.next),
  })
  return visit.showForm(view, problems)
}

async function make(visit: Visit): Promise<Response> {
  const { page, roles } = visit
  const answers = await visit.answers()
  const asked = requestOf(answers, roles, page.tokens.maxDays)
  if ('problems' in asked) return list(visit, answers, asked.problems)
  const done = await page.tokens.make(visit.identity, asked)
  if (done.ok) return visit.show(newTokenPage(visit.visitor, done.token, done.made))
  return list(visit, answers, [{ field: undefined, text: done.why === 'too-many' ? TOO_MANY : MADE_BEFORE }])
}

const TOO_MANY = `You have ${MOST_TOKENS} tokens that work. Revoke one before you make another.`
const MADE_BEFORE =
  'This form was sent before, and its token was made then. If you did not keep it, revoke it and make another.'

const ID = /^A-[0-9A-Z]{26}$/

/** What the form asks for, or what is wrong with it. */
function requestOf(answers: Answers, held: readonly Role[], maxDays: number) {
  const purpose = keptText(answers.text('purpose'))
  const roles = held.length === 1 ? held : held.filter((role) => answers.texts('roles').includes(role))
  const days = Number(answers.text('days'))
  const problems: Problem[] = []
  if (purpose === '') problems.push({ field: 'purpose', text: 'Say what the token is for.' })
  else if (purpose.length > PURPOSE_CHARACTERS)
    problems.push({ field: 'purpose', text: `Say it in up to ${PURPOSE_CHARACTERS} characters.` })
  if (roles.length === 0) problems.push({ field: 'roles', text: 'Choose at least one role.' })
  if (!/^\d{1,3}$/.test(answers.text('days')) || days < 1 || days > maxDays)
    problems.push({ field: 'days', text: `Give a whole number of days from 1 to ${maxDays}.` })
  if (!ID.test(answers.text('id')))
    problems.push({ field: undefined, text: 'Load the page again and repeat it.' })
  return problems.length > 0 ? { problems } : { id: answers.text('id'), purpose, roles, days }
}

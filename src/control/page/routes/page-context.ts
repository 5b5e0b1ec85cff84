/** What every handler of the page works with, and how it answers. */
import type { Catalogue } from '../../../core/catalogue/catalogue.ts'
import type { Actor } from '../../../core/restriction/party.ts'
import type { ControlContext } from '../../context.ts'
import type { PageTools } from '../../page-seam.ts'
import type { Drafts } from '../drafts.ts'
import { Form } from '../forms/form.ts'
import type { Html } from '../html.ts'
import type { Visitor } from '../parts/document.ts'
import type { SupplierOption } from '../views/change-fields.ts'

export interface PageContext extends PageTools {
  readonly catalogue: Catalogue
  readonly drafts: Drafts
}

/** Who acts, and how the frame of the page shows it. */
export interface SignedIn {
  readonly actor: Actor
  readonly visitor: Visitor
}

/** Whoever is signed in; undefined on public pages before that. */
export function visitorOf(context: ControlContext): SignedIn | undefined {
  const session = context.get('session')
  if (!session) return undefined
  const { actor, party } = session.identity
  return {
    actor,
    visitor: { role: actor.role, name: actor.name, partyName: party.name, csrfToken: session.csrf },
  }
}

/** Whoever is signed in, on pages that the guard opens to nobody else. */
export function signedIn(context: ControlContext): SignedIn {
  const found = visitorOf(context)
  if (!found) throw new Error('a page without public access was reached without a session')
  return found
}

/** Statuses under which a page is shown. */
export type PageStatus = 200 | 400 | 403 | 404 | 405 | 406 | 412 | 413 | 415 | 422 | 428 | 429 | 500 | 503

export function show(
  context: ControlContext,
  page: Html,
  status: PageStatus = 200,
): Response | Promise<Response> {
  return context.html(page, status)
}

/** On to another page after a form, so that loading it again sends nothing again. */
export function goTo(context: ControlContext, address: string): Response {
  return context.redirect(address, 303)
}

export async function formOf(context: ControlContext): Promise<Form> {
  return new Form(await context.req.formData())
}

/** Suppliers that the Service Centre may act for, by name. */
export function suppliersOf({ parties }: Pick<PageContext, 'parties'>): readonly SupplierOption[] {
  return parties
    .filter(({ roles }) => roles.includes('supplier'))
    .map(({ id, name }) => ({ id, name }))
    .sort((one, other) => one.name.localeCompare(other.name))
}

/** Address of a page with its query; parts without a value are left out. */
export function addressWith(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

/** How many rows a page of a listing has. */
export const PAGE_ROWS = 50

/** One request for a page: who looks, what the address and the form say, and the ways to respond. */
import type { Catalogue } from '../../../core/catalogue/catalogue.ts'
import type { Instant } from '../../../core/device/device.ts'
import type { Actor, Role } from '../../../core/restriction/party.ts'
import type { Access } from '../../access.ts'
import type { BulkAction, BulkRowResult, BulkRows } from '../../bulk-file.ts'
import type { ControlContext } from '../../context.ts'
import type { Html } from '../../html/html.ts'
import type { PageLinks } from '../../html/lists.ts'
import { PROBLEMS, type Problem } from '../../http/problems.ts'
import { textResponse } from '../../http/text-response.ts'
import type { Identity } from '../../identity.ts'
import type { PageTools } from '../../page-seam.ts'
import type { Drafts } from '../drafts.ts'
import { type Answers, answersOf } from '../forms/answers.ts'
import type { Visitor } from '../parts/document.ts'
import type { SupplierOption } from '../views/change.ts'
import { errorPage } from '../views/error-pages.ts'

/** What pages are made from: services, and not the store. */
export interface PageServices extends Omit<PageTools, 'get' | 'post' | 'store' | 'restrictionsIn'> {
  /** Does the rows of a bulk file; see `bulkResults`. */
  bulk(actor: Actor, action: BulkAction, rows: BulkRows): AsyncGenerator<BulkRowResult, void, undefined>
  readonly catalogue: Catalogue
  readonly drafts: Drafts
}

type Responded = Response | Promise<Response>

/** The pages of the app, each added under its address with what it takes to open it. */
export interface Pages {
  readonly page: PageServices
  get(path: string, access: Access, respond: (visit: Visit) => Responded): void
  post(path: string, access: Access, respond: (visit: Visit) => Responded): void
}

/** Statuses under which a page is shown. */
type PageStatus = 200 | (typeof PROBLEMS)[keyof typeof PROBLEMS]['status']

/** How many rows a page of a listing has. */
export const PAGE_ROWS = 50

export class Visit {
  readonly page: PageServices
  readonly context: ControlContext

  constructor(page: PageServices, context: ControlContext) {
    this.page = page
    this.context = context
  }

  /** False on public pages before somebody has signed in. */
  get isSignedIn(): boolean {
    return this.context.get('session') !== undefined
  }

  /** Who acts, on pages that the guard opens to nobody else. */
  get actor(): Actor {
    return this.#session.identity.actor
  }

  /** The same, with its party and all its roles. */
  get identity(): Identity {
    return this.#session.identity
  }

  /** How the frame of the page shows who acts. */
  get visitor(): Visitor {
    const { identity, csrf } = this.#session
    const { actor, party } = identity
    return { role: actor.role, name: actor.name, partyName: party.name, csrfToken: csrf }
  }

  /** All roles that the actor may choose from. */
  get roles(): readonly Role[] {
    return this.#session.identity.roles
  }

  get #session() {
    const session = this.context.get('session')
    if (!session) throw new Error('a page without public access was reached without a session')
    return session
  }

  get now(): Instant {
    return this.page.clock.now()
  }

  /** Suppliers that the Service Centre may act for, by name. */
  get suppliers(): readonly SupplierOption[] {
    return this.page.parties
      .filter(({ roles }) => roles.includes('supplier'))
      .map(({ id, name }) => ({ id, name }))
      .sort((one, other) => one.name.localeCompare(other.name))
  }

  /** A part of the address, such as the ID of `/tasks/:id`. */
  param(name = 'id'): string {
    return this.context.req.param(name) ?? ''
  }

  /** A text of the query, trimmed; empty when it is not there. */
  query(name: string): string {
    return (this.context.req.query(name) ?? '').trim()
  }

  /** Where the page of a listing begins; undefined for the first one. */
  get after(): string | undefined {
    return this.context.req.query('after')
  }

  /** Links of a listing: back to its first page, and to the `next` one. `query` is what narrows it. */
  pageLinks(path: string, query: Query, next: string | undefined): PageLinks {
    return {
      firstHref: this.after === undefined ? undefined : addressWith(path, query),
      nextHref: next === undefined ? undefined : addressWith(path, { ...query, after: next }),
    }
  }

  /** The answers of the form that was sent. */
  async answers(): Promise<Answers> {
    return answersOf(await this.context.req.formData())
  }

  /** A file of the form that was sent; undefined when none was chosen. */
  async sentFile(name: string): Promise<File | undefined> {
    const value = (await this.context.req.formData()).get(name)
    return value instanceof File && value.size > 0 ? value : undefined
  }

  show(page: Html, status: PageStatus = 200): Responded {
    return this.context.html(page, status)
  }

  /** Shows a form: under 422 when something is wrong with what was sent. */
  showForm(page: Html, problems: readonly unknown[]): Responded {
    return this.show(page, problems.length > 0 ? 422 : 200)
  }

  /** On to another page after a form, so that loading it again sends nothing again. */
  goTo(address: string): Response {
    return this.context.redirect(address, 303)
  }

  /** A file to take away, made while it is read. */
  file(name: string, type: string, texts: AsyncGenerator<string, void, undefined>): Promise<Response> {
    const disposition = `attachment; filename="${name}"`
    return textResponse(this.context, texts, { 'content-type': type, 'content-disposition': disposition })
  }

  /** Shows that there is no such thing for this role. */
  notFound(): Responded {
    return this.problem({ code: 'not-found' })
  }

  /** Whoever is not signed in is sent to do so; everything else is a page that says what to do. */
  problem(problem: Problem): Responded {
    const { status } = PROBLEMS[problem.code]
    if (status === 401) return this.goTo(this.#signInAddress())
    for (const [name, value] of Object.entries(problem.headers ?? {})) this.context.header(name, value)
    const visitor = this.isSignedIn ? this.visitor : undefined
    return this.show(errorPage(problem.code, visitor, this.context.get('requestId')), status)
  }

  /** Only addresses that can be opened again are worth coming back to. */
  #signInAddress(): string {
    const { method, url } = this.context.req
    const { pathname, search } = new URL(url)
    return addressWith('/sign-in', {
      next: method === 'GET' && pathname !== '/' ? `${pathname}${search}` : undefined,
    })
  }
}

type Query = Readonly<Record<string, string | undefined>>

/** Address of a page with its query; parts without a value are left out. */
export function addressWith(path: string, query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

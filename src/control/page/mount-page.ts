/**
 * The self-service page as one value that hangs on the control app: every address, and how problems look to a browser.
 *
 * Handlers read a request and answer with a view; views are pure; what may be done is judged by the restriction service.
 * Who comes in, sessions and the origin of forms are settled before a handler is called.
 */
import type { Catalogue } from '../../core/catalogue/catalogue.ts'
import type { ControlContext } from '../context.ts'
import { PROBLEMS, type Problem } from '../http/problems.ts'
import type { MountPage, PageAnswers, PageTools } from '../page-seam.ts'
import { type Asset, loadAssets } from './assets.ts'
import { Drafts } from './drafts.ts'
import { addAccessPages } from './routes/access.ts'
import { addBulkPages } from './routes/bulk.ts'
import { addReceiptPages } from './routes/changed.ts'
import { addClearPages } from './routes/clear.ts'
import { addDecisionPages } from './routes/decisions.ts'
import { addListPages } from './routes/lists.ts'
import { addMeterPages } from './routes/meters.ts'
import { addressWith, goTo, type PageContext, show, visitorOf } from './routes/page-context.ts'
import { addNoticePages } from './routes/partner-notices.ts'
import { addReportPages } from './routes/reports.ts'
import { addRestrictPages } from './routes/restrict.ts'
import { addTablePages } from './routes/tables.ts'
import { addTaskPages } from './routes/tasks.ts'
import { errorPage } from './views/error-pages.ts'

export interface PageOptions {
  /** For the names of codes on the page of the list in force. */
  readonly catalogue: Catalogue
}

/** Reads the static files and answers with what the control app mounts. */
export async function createPage(options: PageOptions): Promise<MountPage> {
  const assets = await loadAssets()
  return (tools) => mount(tools, options, assets)
}

function mount(tools: PageTools, options: PageOptions, assets: ReadonlyMap<string, Asset>): PageAnswers {
  const page: PageContext = { ...tools, ...options, drafts: new Drafts(tools.clock) }
  const notFound = (context: ControlContext) => showProblem(context, { code: 'not-found' })
  const trouble = { notFound, problem: showProblem }
  addAssets(page, assets, notFound)
  addAccessPages(page)
  addMeterPages(page)
  addRestrictPages(page)
  addClearPages(page, trouble)
  addReceiptPages(page, trouble)
  addListPages(page, trouble)
  addReportPages(page)
  addTablePages(page, trouble)
  addDecisionPages(page, trouble)
  addTaskPages(page, trouble)
  addNoticePages(page, trouble)
  addBulkPages(page, trouble)
  return { problem: showProblem }
}

/** Files change only with a release; an hour spares most requests and outlives none by much. */
const ASSET_CACHE = 'public, max-age=3600'

function addAssets(
  page: PageContext,
  assets: ReadonlyMap<string, Asset>,
  notFound: (context: ControlContext) => Response | Promise<Response>,
): void {
  page.get('/assets/:name', 'public', (context) => {
    const asset = assets.get(context.req.param('name') ?? '')
    if (!asset) return notFound(context)
    return context.body(asset.body, 200, { 'content-type': asset.type, 'cache-control': ASSET_CACHE })
  })
}

/** Whoever is not signed in is sent to do so; everything else is a page that says what to do. */
function showProblem(context: ControlContext, problem: Problem): Response | Promise<Response> {
  const { status } = PROBLEMS[problem.code]
  if (status === 401) return goTo(context, signInAddress(context))
  for (const [name, value] of Object.entries(problem.headers ?? {})) context.header(name, value)
  return show(context, errorPage(status, visitorOf(context)?.visitor, context.get('requestId')), status)
}

/** Only addresses that can be opened again are worth coming back to. */
function signInAddress({ req }: ControlContext): string {
  const { pathname, search } = new URL(req.url)
  return addressWith('/sign-in', {
    next: req.method === 'GET' && pathname !== '/' ? `${pathname}${search}` : undefined,
  })
}

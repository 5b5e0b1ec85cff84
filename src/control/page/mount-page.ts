/**
 * The self-service page as one value that hangs on the control app: every address, and how problems look to a browser.
 *
 * Handlers read a request and respond with a view; views are pure; what may be done is judged by the restriction service.
 * Who comes in, sessions and the origin of forms are settled before a handler is called.
 */
import type { Catalogue } from '../../core/catalogue/catalogue.ts'
import { bulkResults } from '../bulk-file.ts'
import type { MountPage, PageAnswers, PageTools } from '../page-seam.ts'
import { type Asset, loadAssets } from './assets.ts'
import { Drafts } from './drafts.ts'
import { addAccessPages } from './routes/access.ts'
import { addAuditPages } from './routes/audit.ts'
import { addBulkPages } from './routes/bulk.ts'
import { addChangePages } from './routes/change.ts'
import { addReceiptPages } from './routes/changed.ts'
import { addIncidentPages } from './routes/incidents.ts'
import { addLetterPages } from './routes/letter.ts'
import { addListPages } from './routes/lists.ts'
import { addMeterPages } from './routes/meters.ts'
import { addNoticePages } from './routes/partner-notices.ts'
import { addReportPages } from './routes/reports.ts'
import { CLEAR, RESTRICT } from './routes/set-and-clear.ts'
import { addTablePages } from './routes/tables.ts'
import { addTaskPages } from './routes/tasks.ts'
import { addTokenPages } from './routes/tokens.ts'
import { type PageServices, type Pages, Visit } from './routes/visit.ts'

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
  const page: PageServices = {
    ...{ ...tools, ...options, drafts: new Drafts(tools.clock) },
    bulk: (...given) => bulkResults(tools, ...given),
  }
  const pages: Pages = {
    page,
    get: (path, access, respond) => tools.get(path, access, (context) => respond(new Visit(page, context))),
    post: (path, access, respond) => tools.post(path, access, (context) => respond(new Visit(page, context))),
  }
  addAssets(pages, assets)
  addAccessPages(pages)
  addMeterPages(pages)
  addLetterPages(pages)
  addChangePages(pages, RESTRICT)
  addChangePages(pages, CLEAR)
  addReceiptPages(pages)
  addListPages(pages)
  addAuditPages(pages)
  addReportPages(pages)
  addTablePages(pages)
  addTaskPages(pages)
  addTokenPages(pages)
  addNoticePages(pages)
  addIncidentPages(pages)
  addBulkPages(pages)
  return { problem: (context, problem) => new Visit(page, context).problem(problem) }
}

/** Files change only with a release; an hour spares most requests and outlives none by much. */
const ASSET_CACHE = 'public, max-age=3600'

function addAssets({ get }: Pages, assets: ReadonlyMap<string, Asset>): void {
  const give = (visit: Visit, name: string) => {
    const asset = assets.get(name)
    if (!asset) return visit.notFound()
    return visit.context.body(asset.body, 200, { 'content-type': asset.type, 'cache-control': ASSET_CACHE })
  }
  get('/assets/:name', 'public', (visit) => give(visit, visit.param('name')))
  // Where programs look that do not read the head of a page.
  get('/favicon.ico', 'public', (visit) => give(visit, 'icon.svg'))
}

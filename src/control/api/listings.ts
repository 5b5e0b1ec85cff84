/** Listings: pages of JSON with signed cursors, and the same items as a CSV file. */
import { z } from '@hono/zod-openapi'
import type { Refused } from '../../core/restriction/refusal.ts'
import { CSV_TYPE, type CsvRecords, csvTexts } from '../../csv/csv-writer.ts'
import type { Page } from '../../store/control-store.ts'
import type { ApiPorts } from '../control-ports.ts'
import { everyItem } from '../every-item.ts'
import type { Described, Endpoint, EndpointResponse, Get, Sent } from '../http/endpoint.ts'
import type { Problem } from '../http/problems.ts'
import type { Identity } from '../identity.ts'
import { refusedRead } from './refused.ts'
import { cursorSchema, limitSchema } from './schemas.ts'

/** A page before its cursor is signed, or why there is none. */
export type Listed<Item> =
  | ({ readonly ok: true } & Page<Item>)
  | { readonly ok: false; readonly problem: Problem }

export type ReadPage<Item> = (limit: number, after?: string) => Promise<Listed<Item>>

/** A page as a service answers it, with its items as the API shows them. */
export async function listed<Item, Resource>(
  answer: Promise<({ readonly ok: true } & Page<Item>) | Refused>,
  resourceOf: (item: Item) => Resource,
): Promise<Listed<Resource>> {
  const page = await answer
  if (!page.ok) return { ok: false, problem: refusedRead(page.refusals) }
  return { ok: true, items: page.items.map(resourceOf), next: page.next }
}

type Fields = Readonly<Record<string, z.ZodType>>
type Filter<Given extends Fields> = z.output<z.ZodObject<Given>>

interface ListingSpec<Given extends Fields, Item extends z.ZodType>
  extends Pick<Described, 'name' | 'summary' | 'description' | 'access' | 'problems'> {
  /** Of a page in the OpenAPI document. */
  readonly pageName: string
  readonly item: Item
  /** What the listing may be narrowed by. */
  readonly filter: Given
  readonly list: (ports: ApiPorts, identity: Identity, filter: Filter<Given>) => ReadPage<Sent<z.input<Item>>>
}

/** The endpoint of a listing. A cursor is good for this listing, its filter, and the actor's role and party only. */
export function listing<Given extends Fields, Item extends z.ZodType>(
  get: Get,
  path: string,
  { pageName, item, filter, list, problems = [], ...spec }: ListingSpec<Given, Item>,
): Endpoint {
  const paging = { limit: limitSchema, cursor: cursorSchema }
  return get(path, {
    ...spec,
    query: z.strictObject({ ...filter, ...paging }),
    content: pageSchema(item, pageName),
    problems: ['cursor-invalid', ...problems],
    async handle({ identity, query }, ports) {
      const { limit, cursor, ...rest } = query as z.output<z.ZodObject<typeof paging>>
      const scope = JSON.stringify([path, rest, identity.actor.party, identity.actor.role], writeKey)
      const after = cursor === undefined ? undefined : ports.cursors.read(scope, cursor)
      if (cursor !== undefined && after === undefined) return { problem: { code: 'cursor-invalid' } }
      const page = await list(ports, identity, query as Filter<Given>)(limit, after)
      if (!page.ok) return page
      const next = ports.cursors.write(scope, page.next) ?? null
      return { content: { items: page.items, next } }
    },
  })
}

function pageSchema<Item extends z.ZodType>(item: Item, name: string) {
  return z
    .strictObject({
      items: z.array(item),
      next: z
        .string()
        .nullable()
        .openapi({ description: 'The `cursor` of the next page; null on the last.' }),
    })
    .openapi(name)
}

function writeKey(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString(16) : value
}

export function listingFile<Item>(
  name: string,
  records: CsvRecords<Item>,
  list: ReadPage<Item>,
): EndpointResponse<never> {
  return csvFile(name, csvTexts(records, everyItem(list)))
}

/** Texts of CSV as a file. */
export function csvFile(
  name: string,
  texts: AsyncGenerator<string, void, undefined>,
): EndpointResponse<never> {
  return { texts, mediaType: CSV_TYPE, headers: { 'content-disposition': `attachment; filename="${name}"` } }
}

/** Listings: pages with signed cursors, and the same rows as a CSV file. */
import { z } from '@hono/zod-openapi'
import type { Page } from '../../store/control-store.ts'
import type { Answer } from '../http/endpoint.ts'
import type { Problem } from '../http/problems.ts'
import type { Identity } from '../identity.ts'
import type { ApiPorts } from './api-ports.ts'
import { type FlagResource, flagResources } from './flag-resource.ts'
import { refusedLook } from './refused.ts'
import { cursorSchema, givenDeviceSchema, limitSchema } from './schemas.ts'

/** The filters that flags are listed by. */
export const flagFilter = {
  mpxn: z.string().max(32).optional(),
  device: givenDeviceSchema.optional(),
  state: z
    .enum(['open', 'all'])
    .default('open')
    .openapi({ description: '`open`: neither cleared nor closed.' }),
}

export const listQuerySchema = z.strictObject({ ...flagFilter, limit: limitSchema, cursor: cursorSchema })
export type FlagFilter = Omit<z.output<typeof listQuerySchema>, 'limit' | 'cursor'>

/** The schema of a page of items. */
export function pageOf<Item extends z.ZodType>(item: Item, name: string) {
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

/** A page before its cursor is signed, or why there is none. */
export type Listed<Item> =
  | ({ readonly ok: true } & Page<Item>)
  | { readonly ok: false; readonly problem: Problem }

export interface PageRequest {
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * One page. `scope` names the listing and its filter: a cursor is good for that and for the actor's role and party only.
 */
export async function answerPage<Item>(
  { cursors }: ApiPorts,
  { actor }: Identity,
  scope: object,
  { limit, cursor }: PageRequest,
  list: (limit: number, after?: string) => Promise<Listed<Item>>,
): Promise<Answer<{ items: Item[]; next: string | null }>> {
  const bound = JSON.stringify([scope, actor.party, actor.role], writeKey)
  const after = cursor === undefined ? undefined : cursors.read(bound, cursor)
  if (cursor !== undefined && after === undefined) return { problem: { code: 'cursor-invalid' } }
  const page = await list(limit, after)
  if (!page.ok) return page
  return {
    status: 200,
    content: { items: [...page.items], next: cursors.write(bound, page.next) ?? null },
  }
}

function writeKey(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString(16) : value
}

/** Rows that a file is read in at a time. */
export const EXPORT_PAGE = 500

/** Every item of a listing, page by page. Throws when a page is refused: half a file must not look like a whole one. */
export async function* allOf<Item>(
  list: (limit: number, after?: string) => Promise<Listed<Item>>,
): AsyncGenerator<Item> {
  let after: string | undefined
  do {
    const page = await list(EXPORT_PAGE, after)
    if (!page.ok) throw new Error(`the listing was refused half-way: ${page.problem.code}`)
    yield* page.items
    after = page.next
  } while (after !== undefined)
}

/** Flags that the actor may list. */
export async function listedFlags(
  { restrictions, store }: ApiPorts,
  { actor }: Identity,
  { mpxn, device, state }: FlagFilter,
  limit: number,
  after?: string,
): Promise<Listed<FlagResource>> {
  const filter = {
    ...(mpxn === undefined ? {} : { mpxn: mpxn.replaceAll(/\s/g, '') }),
    ...(device === undefined ? {} : { device }),
    ...(state === 'open' ? { open: true } : {}),
  }
  const page = await restrictions.mine(actor, filter, limit, after)
  if (!page.ok) return { ok: false, problem: refusedLook(page.refusals) }
  const items = await store.read((view) => flagResources(view, page.items))
  return { ok: true, items, next: page.next }
}

/** A page of flags. */
export function flagPage(
  ports: ApiPorts,
  identity: Identity,
  { limit, cursor, ...filter }: z.output<typeof listQuerySchema>,
): Promise<Answer<{ items: FlagResource[]; next: string | null }>> {
  return answerPage(
    ports,
    identity,
    { listing: 'restrictions', ...filter },
    { limit, cursor },
    (size, after) => listedFlags(ports, identity, filter, size, after),
  )
}

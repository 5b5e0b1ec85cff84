/** Whole listings, read page by page. */
import type { Page } from '../store/control-store.ts'

/** Items that are read at a time. */
export const READ_AT_A_TIME = 500

/** Every item of a listing. Throws the `faultOf` a page that is refused: half a listing must not look like a whole one. */
export async function* everyItem<Item, Refused extends { readonly ok: false }>(
  list: (limit: number, after?: string) => Promise<({ readonly ok: true } & Page<Item>) | Refused>,
  faultOf: (refused: Refused) => Error = () => new Error('the listing was refused half-way'),
): AsyncGenerator<Item, void, undefined> {
  let after: string | undefined
  do {
    const page = await list(READ_AT_A_TIME, after)
    if (!page.ok) throw faultOf(page)
    yield* page.items
    after = page.next
  } while (after !== undefined)
}

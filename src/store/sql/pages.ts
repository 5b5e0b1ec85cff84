/** Cutting listings into pages: one row more than asked for is read, and tells whether there is a next page. */
import { type Page, UnknownCursor } from '../control-store.ts'

/** `items` are up to `limit + 1`; `cursorOf` the last item of a page is where the next one begins. */
export function pageOf<Item>(
  items: readonly Item[],
  limit: number,
  cursorOf: (item: Item) => string,
): Page<Item> {
  const shown = items.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown, next: last && items.length > limit ? cursorOf(last) : undefined }
}

/** A cursor that is a number. Throws UnknownCursor for any other text. */
export function numericCursor(after: string): number {
  const place = Number(after)
  if (!/^\d{1,15}$/.test(after)) throw new UnknownCursor(after)
  return place
}

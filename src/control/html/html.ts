/**
 * Markup as a value: every text put into it is escaped, and nothing but text, numbers and markup can be put into it.
 */
import { html as tagged } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** Markup that is safe to send. */
export type Html = HtmlEscapedString

/** What a template takes; `false`, `undefined` and `null` leave nothing behind. */
export type HtmlValue = string | number | false | undefined | null | Html | readonly HtmlValue[]

/** Puts values into markup, escaped for text and for quoted attributes. Attributes must stand in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const made = tagged(strings, ...values)
  if (made instanceof Promise) throw new TypeError('a template was given something that is not ready')
  return made
}

export const NOTHING: Html = html``

/** An attribute with its leading space, or nothing when there is no value. */
export function attribute(
  name: `aria-${string}` | 'value' | 'autocomplete',
  value: string | undefined,
): Html {
  return value === undefined || value === '' ? NOTHING : html` ${name}="${value}"`
}

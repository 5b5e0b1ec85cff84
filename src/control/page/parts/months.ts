/** From month to month on a page that tells of one. */
import type { Instant } from '../../../core/device/device.ts'
import { type Month, monthsLater } from '../../../core/report/span.ts'
import type { Html } from '../../html/html.ts'
import { stepLinks } from '../../html/lists.ts'
import { monthText } from '../../html/times.ts'

/** Links to the month before, and to the month after as far as that has begun. */
export function monthLinks(path: string, month: Month, now: Instant): Html {
  const stepTo = (other: Month) => ({
    href: `${path}?month=${other.name}`,
    text: monthText(other, now),
  })
  const next = monthsLater(month, 1)
  return stepLinks('Months', {
    prev: stepTo(monthsLater(month, -1)),
    next: next.from <= now ? stepTo(next) : undefined,
  })
}

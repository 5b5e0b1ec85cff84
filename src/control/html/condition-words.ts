/** The conditions of a row of the list in words. */
import type { TableRow } from '../../core/policy/table.ts'

/** `for ESME when it sets prepayment mode`. */
export function conditionWords(when: TableRow['when']): string {
  const parts = [
    when.deviceType && `for ${when.deviceType.join(' and ')}`,
    when.paymentMode && `when it sets ${when.paymentMode.join(' or ')} mode`,
    when.logToRead && `when it is about the log ${when.logToRead.join(' or ')}`,
    when.commandVariant && `for command variant ${when.commandVariant.join(', ')}`,
    when.direction && `on the way ${when.direction === 'southbound' ? 'to' : 'from'} the Device`,
  ]
  return parts.filter((part) => part !== undefined).join(' ')
}

/** The meter that a page or a change is about: its meter point, or the Device where that is not known. */
import { type DeviceKey, formatEui64 } from '../../../core/duis/eui64.ts'
import { readMpxn } from '../../../core/restriction/mpxn.ts'
import type { Named } from '../../../core/restriction/requests.ts'
import type { RestrictionRecord } from '../../../core/restriction/restriction.ts'
import { readDeviceId } from '../../device-id.ts'

export type Subject =
  | { readonly kind: 'meter-point'; readonly mpxn: string }
  | { readonly kind: 'device'; readonly device: DeviceKey }

/** What was meant: 16 hexadecimal digits are a Device ID, fewer decimal ones a meter point, however they are grouped. */
export function readSubject(text: string): { readonly subject: Subject } | { readonly text: string } {
  const device = readDeviceId(text)
  if (device !== undefined) return { subject: { kind: 'device', device } }
  const plain = text.replace(/[\s:.-]/g, '')
  if (!/^\d+$/.test(plain)) return { text: WHAT_TO_ENTER }
  const reading = readMpxn(plain)
  if (reading.ok) return { subject: { kind: 'meter-point', mpxn: reading.mpxn } }
  return { text: `Check the number: ${reading.text}.` }
}

export const WHAT_TO_ENTER =
  'Enter an MPAN (13 digits), an MPRN (6 to 10 digits) or a Device ID (16 hexadecimal digits).'

/** What a flag is held for. */
export function subjectOf({ mpxn, meter }: Pick<RestrictionRecord, 'mpxn' | 'meter'>): Subject {
  return mpxn === undefined ? { kind: 'device', device: meter } : { kind: 'meter-point', mpxn }
}

/** The subject as a request names it. */
export function namedBy(subject: Subject): Named {
  return subject.kind === 'meter-point' ? { mpxn: subject.mpxn } : { device: subject.device }
}

/** Where the subject's own page is. */
export function addressOf(subject: Subject): string {
  return subject.kind === 'meter-point'
    ? `/meter-points/${subject.mpxn}`
    : `/devices/${formatEui64(subject.device)}`
}

/** The subject in words. */
export function titleOf(subject: Subject): string {
  return subject.kind === 'meter-point'
    ? `Meter point ${subject.mpxn}`
    : `Device ${formatEui64(subject.device)}`
}

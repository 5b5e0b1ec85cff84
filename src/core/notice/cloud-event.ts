/** A notice in the JSON form of CloudEvents 1.0, which the HTTP binding calls structured: the whole event is the signed body. */
import { formatEui64 } from '../duis/eui64.ts'
import type { Notice } from './notice.ts'

/** The media type of the body. */
export const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8'

/** What event types begin with. */
export const TYPE_PREFIX = 'duisgate.notice.'

export interface CloudEvent {
  readonly specversion: '1.0'
  /** With `source` what repeats are told by. */
  readonly id: string
  readonly source: string
  readonly type: string
  /** The Device ID; absent for a digest. */
  readonly subject?: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: Readonly<Record<string, unknown>>
}

/** `source` names the installation, as a URI. */
export function cloudEventOf(notice: Notice, source: string): CloudEvent {
  const { id, kind, device, createdAt, content, isAfterGap } = notice
  return {
    specversion: '1.0',
    id,
    source,
    type: `${TYPE_PREFIX}${kind}`,
    ...(device === undefined ? {} : { subject: formatEui64(device) }),
    time: new Date(createdAt).toISOString(),
    datacontenttype: 'application/json',
    data: isAfterGap ? { ...content, isAfterGap } : content,
  }
}

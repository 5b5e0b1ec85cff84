/**
 * One element path of the reading plan: where the element may stand, and what its start and its text mean.
 */
import type { DevicePathForm, SwapPart } from '../catalogue/catalogue.ts'
import type { Claim, ClaimSource, LogToRead, MessageKind } from './facts.ts'
import { TEXT_IGNORED, type TextUse } from './xml-content.ts'
import { SR } from './xml-namespaces.ts'

/** What the text of an element means. */
export type ValueUse =
  | {
      readonly as: 'request-id' | 'response-id' | 'command-variant' | 'response-code' | 'execution-date-time'
    }
  | { readonly as: 'service-reference' | 'srv'; readonly source: ClaimSource }
  | { readonly as: 'alert-code'; readonly source: ClaimSource }
  | { readonly as: 'schedule-id' | 'schedule-end-date' | 'meter-point' | 'log-request' }
  | { readonly as: 'dcc-alert-code' | 'message-code' | 'log-to-read' | 'gbcs' | 'unknown-field' }
  | {
      readonly as: 'devices'
      readonly forms: readonly DevicePathForm[]
      readonly swapped?: SwapPart | undefined
    }
  /** Of an element of a later version: any Device ID or GBCS message in it counts. */
  | { readonly as: 'later' }

/** What the start of an element means, beside its text. */
export interface StartMarks {
  readonly claim?: Claim | undefined
  /** Device Alert codes that the element stands for: each is claimed unless one of them is already. */
  readonly alerts?: readonly string[] | undefined
  readonly kind?: MessageKind | undefined
  readonly paymentMode?: 'credit' | 'prepayment' | undefined
  /** The log that the answer to a 6.13 holds; `clear`: entries of a log that only the message code names. */
  readonly log?: LogToRead | 'clear' | undefined
  /** What a DCC Alert holds: its path in the catalogue of events. */
  readonly dccAlertPayload?: string | undefined
  /** The message carries data. */
  readonly hasData?: boolean | undefined
  readonly isScheduled?: boolean | undefined
  readonly isScheduleNumber?: boolean | undefined
  /** Attributes of the element say whether its payload is a GBCS message in clear (MMC XSD, GBCSDataType). */
  readonly isTypedPayload?: boolean | undefined
  /** Claims read from here on are not needed to judge what the message is. */
  readonly endsHead?: boolean | undefined
}

/**
 * What a child that the plan does not name means: `refuse` (DUIS has no such element here), `ignore` (its subtree says
 * nothing), `claim` (an unknown element that itself says what the message is), `field` (an element that a later version may
 * have in a Header: it may name Devices). The others are elements of a later version, searched for all that they carry:
 * `data` and `claim-data` (unknown data of a Response, among siblings in any order), `body` (instead of the Body's element,
 * or beside it), `root` (beside Header and Body).
 */
export type UnknownChild = 'refuse' | 'ignore' | 'claim' | 'field' | 'data' | 'claim-data' | 'body' | 'root'

/** One element path. */
export interface PathNode {
  readonly name: string
  readonly namespace: number
  /** Place in a strict parent's order, from 1; 0 where order does not matter. */
  readonly rank: number
  readonly isRequired: boolean
  readonly value: ValueUse | undefined
  readonly marks: StartMarks | undefined
  readonly unknown: UnknownChild
  /** Place in the order that a child the plan does not name takes; 0 where order does not matter. */
  readonly unknownRank: number
  /** By number of the local name; namespaces are compared afterwards. */
  readonly children: ReadonlyMap<number, PathNode>
  readonly requiredRanks: number
  readonly textUse: TextUse
}

/** Stands in the path for an element that the plan does not have. */
export const SKIPPED: PathNode = {
  name: '',
  namespace: SR,
  rank: 0,
  isRequired: false,
  value: undefined,
  marks: undefined,
  unknown: 'ignore',
  unknownRank: 0,
  children: new Map(),
  requiredRanks: 0,
  textUse: TEXT_IGNORED,
}

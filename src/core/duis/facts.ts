/**
 * What a message says about itself: the only thing the gateway decides on.
 *
 * `reader.ts` makes facts from bytes, `core/policy/decide.ts` uses them. Facts never hold a payload, a signature or a
 * consumption value.
 */
import type { GbcsMessageEntry, SwapPart } from '../catalogue/catalogue.ts'
import type { DeviceKey } from './eui64.ts'
import type { ReadFault } from './fault.ts'

/** Towards the DSP, or towards the Service User. */
export type Direction = 'southbound' | 'northbound'

export type MessageKind = 'service-request' | 'service-response' | 'device-alert' | 'dcc-alert'

/** Where in the message a claim was read. */
export type ClaimSource = 'header' | 'body' | 'inner-header' | 'inner-body' | 'alert' | 'gbcs' | 'smets1'

/**
 * One thing the message claims to be. A message may make several that disagree; all of them count.
 *
 * - `srv`: a Service Reference Variant (`4.1.1`), as text because `4.10` is not `4.1`.
 * - `alert`: a Device Alert code, upper-case hex without leading zero bytes, four digits at least (`8F0A`).
 * - `dcc-alert`: a DCC Alert code (`N24`, `AD1`).
 * - `element`: a Request body element that the catalogue does not know.
 */
export type Claim =
  | { readonly type: 'srv'; readonly srv: string; readonly source: ClaimSource }
  | { readonly type: 'alert'; readonly code: string; readonly source: ClaimSource }
  | { readonly type: 'dcc-alert'; readonly code: string; readonly source: ClaimSource }
  | { readonly type: 'element'; readonly name: string; readonly source: ClaimSource }

/** Where 1.6 would move the meter. `unreadable`: the message is a 1.6 whose mode could not be read. */
export type PaymentMode = 'credit' | 'prepayment' | 'unreadable'

/** The logs that SRV 6.13 reads: the values of LogToRead (DUIS XSD, ReadEventOrSecurityLog). */
export const LOGS_TO_READ = [
  'Event',
  'ALCSEvent',
  'PowerEvent',
  'Security',
  'GSMEEvent',
  'GSMESecurity',
] as const
export type LogToRead = (typeof LOGS_TO_READ)[number]

/** What a GBCS header says (GBCS use case header: CRA flag, IDs and message code). */
export interface GbcsFacts {
  /** Upper-case hex of two bytes, for example `0027`. */
  readonly messageCode: string
  readonly cra: 'command' | 'response' | 'alert'
  /** The Device: target of a command, originator of a response or alert. */
  readonly device: DeviceKey
  /** The other of the two IDs: where a header tells the truth, a party's. */
  readonly party: DeviceKey
}

/**
 * What a message holds and nobody here understands:
 *
 * - `unreadable-payload`: a payload that is empty, encrypted, or no GBCS message.
 * - `unknown-message-code`: a GBCS message code that the catalogue does not have.
 * - `unknown-data`: an element of a Response that no known version of DUIS has.
 */
export const NOT_UNDERSTOOD = ['unreadable-payload', 'unknown-message-code', 'unknown-data'] as const
export type NotUnderstood = (typeof NOT_UNDERSTOOD)[number]

/** What a message says about which Devices make up a home, beyond naming them. */
export interface HomeFacts {
  /** Which Device gave way to which, of a DCC Alert that says so; parts that it does not name are left out. */
  readonly swapped: Readonly<Partial<Record<SwapPart, DeviceKey>>>
  /** Where a hub was installed (8.14.1, 8.14.2), as written; absent elsewhere. */
  readonly meterPoint: string | undefined
  /** True of an 8.11 that takes a Device off the list of its hub. */
  readonly isRemoval: boolean
}

export interface MessageFacts {
  readonly direction: Direction
  readonly kind: MessageKind
  /** As written, white space collapsed; xs:decimal, so `5.4` and `05.40` are the same version. */
  readonly schemaVersion: string
  /** Everything the message claims to be, in reading order, without repeats of type and code. */
  readonly claims: readonly Claim[]
  /** Every Device concerned, in reading order, without repeats; the DCC's own EUIs are left out. */
  readonly devices: readonly DeviceKey[]
  /**
   * Whether one of them stands where Devices are named. One that stands only where a GBCS header has a party, or in a Header
   * element that no known version has, is looked at like any other, but may as well be a party that nobody here knows.
   */
  readonly namesDevice: boolean
  /** The Service User: originator of a RequestID, else target of a ResponseID. Absent when neither is there. */
  readonly user: DeviceKey | undefined
  /** As written, white space collapsed (DUIS header, RequestID); absent when the header has none. */
  readonly requestId: string | undefined
  readonly responseId: string | undefined
  /** ServiceReference and ServiceReferenceVariant as the header (Request) or ResponseMessage (Response) has them. */
  readonly serviceReference: string | undefined
  readonly serviceReferenceVariant: string | undefined
  /** 1 to 8 for a Request; absent on Responses. */
  readonly commandVariant: number | undefined
  /** Responses only. */
  readonly responseCode: string | undefined
  /** True when the body holds anything beyond ServiceReference and ServiceReferenceVariant; always true of Requests and alerts. */
  readonly hasData: boolean
  /** True when all the data there is the number of a DCC schedule: the plain answer to 5.1. */
  readonly isScheduleNumber: boolean
  /** Number of the DCC schedule that an answer to 5.1 gives out or a 5.3 deletes; absent when none can be read. */
  readonly scheduleId: string | undefined
  /** ScheduleEndDate of a 5.1, as written; absent when the schedule runs until it is deleted. */
  readonly scheduleEndDate: string | undefined
  /** True for DSPScheduledMessage and SMETS1 messages with a DSPScheduleID: an answer nobody waits for. */
  readonly isScheduled: boolean
  /** ExecutionDateTime of a Request body, as written. */
  readonly executionDateTime: string | undefined
  /** True when the Header has an element that no known version of DUIS has: it may say what nobody here understands. */
  readonly hasUnknownField: boolean
  /** What a DCC Alert holds, as the catalogue names it (`DeviceLogRestored`): it says more than the DCC Alert code. */
  readonly dccAlertPayloads: readonly string[]
  /** Absent in nearly all messages. */
  readonly home: HomeFacts | undefined
  /** Northbound: the Body holds an element of a later version in place of those that are known; what it carries is claimed. */
  readonly isLaterBody: boolean
  /**
   * What the message is refused for unless all that it claims is never-block: an element of a later version beside Header and
   * Body, or beside the Body's element. Absent when there is none.
   */
  readonly faultUnlessSafe: ReadFault | undefined
  /** Only where the message is an SRV 1.6 Request. */
  readonly paymentMode: PaymentMode | undefined
  /**
   * The logs that a 6.13 or its answer may be about, by LogToRead, GBCS message code or SMETS1 element. `unreadable`: there is
   * one of which nothing says which. Empty: nothing said anything about a log.
   */
  readonly logsToRead: readonly (LogToRead | 'unreadable')[]
  /** Absent when there was no payload or its header could not be read. */
  readonly gbcs: GbcsFacts | undefined
  /** What the catalogue has of each message code, of GBCS payloads and of SMETS1 headers, without repeats. */
  readonly useCases: readonly GbcsMessageEntry[]
  /** In reading order, without repeats; empty where everything was understood. */
  readonly notUnderstood: readonly NotUnderstood[]
}

/** The code of a claim: `4.1.1`, `8F0A`, `N24`, or the name of an unknown element. */
export function codeOf(claim: Claim): string {
  switch (claim.type) {
    case 'srv':
      return claim.srv
    case 'element':
      return claim.name
    case 'alert':
    case 'dcc-alert':
      return claim.code
  }
}

/** The codes of a message's claims as `explain --json` lists them, without repeats. */
export function claimedCodes(facts: MessageFacts): string[] {
  const codes = facts.claims.map(codeOf)
  return codes.length < 2 ? codes : [...new Set(codes)]
}

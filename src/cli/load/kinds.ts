/**
 * The kinds of messages that a mix may name: which of `fixtures/` each is made of, and how long they are. Lengths are those of
 * public samples: three of four Requests have 1.7 to 1.9 kB, the rest up to 26.6 kB; Responses and Alerts have 1.7 to 3.6 kB.
 */

/** Whose messages the fixtures are, as EUI-64. */
export const PARTIES = {
  device: '00-0D-5C-AA-16-9A-00-E1',
  hub: '00-0D-5C-AA-16-9A-00-CF',
  user: '90-B3-D5-1F-30-01-00-00',
} as const

interface Template {
  /** How often, beside the others of the kind. */
  readonly share: number
  /** Under `fixtures/`; its folder is its direction. */
  readonly file: string
  /** Least and most length. */
  readonly bytes: readonly [from: number, to: number]
}

const SHORT = [1_656, 1_900] as const
const ANSWER = [1_700, 2_200] as const
const READ = 'southbound/read-import-registers.xml'
const TARIFF = 'southbound/read-tariff.xml'

export type Kind = 'request' | 'read' | 'top-up' | 'response' | 'device-alert' | 'dcc-alert'

export const KINDS: Readonly<Record<Kind, readonly Template[]>> = {
  request: [
    { share: 222, file: READ, bytes: SHORT },
    { share: 40, file: READ, bytes: [2_048, 4_096] },
    { share: 14, file: TARIFF, bytes: [4_096, 8_192] },
    { share: 21, file: TARIFF, bytes: [8_192, 26_628] },
  ],
  read: [{ share: 1, file: READ, bytes: SHORT }],
  'top-up': [{ share: 1, file: 'southbound/top-up.xml', bytes: SHORT }],
  response: [
    { share: 8, file: 'northbound/response-import-registers.xml', bytes: ANSWER },
    { share: 1, file: 'northbound/response-supply-status.xml', bytes: ANSWER },
    { share: 1, file: 'northbound/response-event-log.xml', bytes: [1_700, 3_600] },
  ],
  'device-alert': [
    { share: 1, file: 'northbound/alert-billing.xml', bytes: ANSWER },
    { share: 19, file: 'northbound/alert-supply-restored.xml', bytes: ANSWER },
  ],
  'dcc-alert': [{ share: 1, file: 'northbound/dcc-alert-power-outage.xml', bytes: SHORT }],
}

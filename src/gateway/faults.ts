/**
 * Every fault the gateway itself answers with. `refuse.ts` turns a code into a reply; docs/errors.md lists the same
 * codes and a test compares the two. Codes are stable: match on them, never on the text. Faults of reading have
 * their own codes (`core/duis/fault.ts`) and are answered with status 400.
 */

/** `text` says what is wrong, `advice` what the upstream or the operator can do about it. */
export interface GatewayFaultEntry {
  readonly status: number
  readonly text: string
  readonly advice: string
}

export const GATEWAY_FAULTS = {
  GW_HTTP_MALFORMED: {
    status: 400,
    text: 'the bytes are not a well-formed HTTP/1.1 request',
    advice: 'Send the message with an HTTP/1.1 client.',
  },
  GW_HTTP_VERSION: {
    status: 505,
    text: 'only HTTP/1.1 is spoken here',
    advice: 'Send the message as HTTP/1.1.',
  },
  GW_HTTP_HEADERS: {
    status: 431,
    text: 'there are too many header fields, or they are too long',
    advice: 'Send fewer or shorter header fields.',
  },
  GW_HTTP_HOST: {
    status: 400,
    text: 'there must be exactly one Host header field',
    advice: 'Send one Host header field with the name of this listener.',
  },
  GW_HTTP_METHOD: {
    status: 405,
    text: 'only POST is accepted',
    advice: 'Send the message with POST.',
  },
  GW_HTTP_PATH: {
    status: 404,
    text: 'this listener does not serve this path',
    advice: 'Send to one of the configured paths; letters, slashes and escapes must match exactly.',
  },
  GW_HTTP_UPGRADE: {
    status: 400,
    text: 'a change of protocol was asked for',
    advice: 'Send the message without an Upgrade header field; an offer of h2c alone is passed over.',
  },
  GW_HTTP_EXPECT: {
    status: 417,
    text: 'the only expectation that is met is 100-continue',
    advice: 'Send no Expect header field, or 100-continue.',
  },
  GW_HTTP_LENGTH: {
    status: 411,
    text: 'the length of the body is not stated',
    advice: 'Send Content-Length or Transfer-Encoding: chunked.',
  },
  GW_HTTP_FRAMING: {
    status: 400,
    text: 'the header fields contradict each other about where the body ends or what it is',
    advice:
      'Send exactly one Content-Length or one Transfer-Encoding: chunked, and at most one Content-Type.',
  },
  GW_HTTP_ENCODING: {
    status: 415,
    text: 'the body is compressed, or a part of another',
    advice: 'Send the whole message without Content-Encoding and Content-Range.',
  },
  GW_HTTP_TYPE: {
    status: 415,
    text: 'by its Content-Type the body is to be read otherwise than as XML in UTF-8',
    advice: 'Send application/xml, with charset=utf-8 or none.',
  },
  GW_TOO_LARGE: {
    status: 413,
    text: 'the body is longer than this listener accepts',
    advice: 'Check the message; the limit is above the largest message that DUIS allows.',
  },
  GW_HEAD_TOO_LARGE: {
    status: 413,
    text: 'the Header and the name of the body element do not come early enough',
    advice: 'Send the Header at the beginning of the message, without long comments before or inside it.',
  },
  GW_TOO_SLOW: {
    status: 408,
    text: 'the body stopped arriving',
    advice: 'Send the message again.',
  },
  GW_ORIGINATOR: {
    status: 403,
    text: 'the RequestID names an originator for which the client certificate does not stand',
    advice: 'Send the message with the certificate of the Service User that its RequestID names.',
  },
  GW_NOT_REJECTABLE: {
    status: 403,
    text: 'the message is stopped, and no DUIS Response can name its Service Reference Variant',
    advice: 'Check the Service Reference and its Variant in the Header against the DUIS enumeration.',
  },
  GW_DEFERRED: {
    status: 503,
    text: 'the Restricted flag of a Device is not known at the moment',
    advice: 'Send the message again after the time in Retry-After.',
  },
  GW_VERDICT_CHANGED: {
    status: 503,
    text: 'the message was stopped at its beginning and is permitted at its end',
    advice: 'Send the message again: it was read without being kept.',
  },
  GW_WITHDRAWN: {
    status: 503,
    text: 'the message was permitted, waited for a connection to the upstream, and has to be decided on again',
    advice: 'Send the message again.',
  },
  GW_OVERLOADED: {
    status: 503,
    text: 'the gateway holds as many messages as it may',
    advice: 'Send the message again after the time in Retry-After.',
  },
  GW_NO_ROUTE: {
    status: 502,
    text: 'no Receive Response Service is configured for the Service User that the message names',
    advice: 'Add a route for the Service User, or a fallback route.',
  },
  GW_PEER_UNREACHABLE: {
    status: 502,
    text: 'there is no connection to the upstream',
    advice: 'Check that the upstream runs and that its URL is right. The message was not delivered.',
  },
  GW_PEER_RESET: {
    status: 502,
    text: 'the upstream broke off before it had answered',
    advice: 'Find out whether the message arrived before sending it again.',
  },
  GW_PEER_MALFORMED: {
    status: 502,
    text: 'the reply of the upstream is not well-formed HTTP/1.1, or its status does not fit it',
    advice: 'Find out whether the message arrived before sending it again, and have the upstream looked at.',
  },
  GW_PEER_TIMEOUT: {
    status: 504,
    text: 'the upstream did not answer in time',
    advice: 'Find out whether the message arrived before sending it again.',
  },
  GW_PEER_BUSY: {
    status: 503,
    text: 'as many messages are on their way to the upstream as may be',
    advice: 'Send the message again after the time in Retry-After.',
  },
  GW_PEER_EARLY: {
    status: 502,
    text: 'the upstream reported success before it had the whole message',
    advice: 'Send the message again, and have the upstream looked at.',
  },
  GW_REPLY_UNREADABLE: {
    status: 502,
    text: 'the reply of the DSP cannot be read beyond doubt as a DUIS Response',
    advice: 'The message was delivered; have the reply of the DSP looked at under the decision.',
  },
  GW_REPLY_TOO_LARGE: {
    status: 502,
    text: 'the reply of the upstream is longer than the limit',
    advice: 'The message was delivered; check the limit for replies.',
  },
  GW_SUBSTITUTE_REFUSED: {
    status: 502,
    text: 'the Service User did not acknowledge the Response that stands for the withheld one',
    advice: 'The message is delivered again later; have the Receive Response Service looked at.',
  },
  GW_INTERNAL: {
    status: 500,
    text: 'the gateway failed while it handled the message',
    advice: 'Give the decision to the operator: the log has the cause under it.',
  },
} as const satisfies Record<string, GatewayFaultEntry>

export type GatewayFaultCode = keyof typeof GATEWAY_FAULTS

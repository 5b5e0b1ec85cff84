/**
 * The head of a request: method, target, host and length, and the first objection for which its body is not read.
 *
 * Exactly one way to state each thing is accepted: HTTP/1.1, POST, a target in origin form, one Host, one of
 * Content-Length and `Transfer-Encoding: chunked`, no change of protocol. Two readers of any other head may see two
 * different requests (RFC 9112 §11.2). A head with an objection has no body that anybody may read.
 *
 * An offer of h2c, which some clients make with every first request, is passed over as RFC 9110 §7.8 allows: the request is read
 * and answered as the HTTP/1.1 that it is.
 */
import {
  contradict,
  endsConnection,
  type FramingFields,
  noFramingFields,
  noteFramingField,
} from './framing-fields.ts'
import type { HeadScanner } from './head-scanner.ts'

/**
 * - `version`: not HTTP/1.1. `fields`: more field lines than allowed. `host`: not exactly one Host, or not a host.
 * - `method`: not POST. `target`: not in origin form. `upgrade`: asks for a protocol other than h2c.
 * - `expectation`: expects something other than 100-continue.
 * - `length`: says nothing about its body. `framing`: says more than one thing about it, or something unknown.
 */
export type HeadObjection =
  | 'version'
  | 'fields'
  | 'host'
  | 'method'
  | 'target'
  | 'upgrade'
  | 'expectation'
  | 'length'
  | 'framing'

export interface RequestHead {
  readonly method: string
  readonly target: string
  /** Name in lower case, value, name, value: in the order they came. */
  readonly fields: readonly string[]
  /** Bytes of the body; undefined when it is chunked, or when there is an objection to its framing. */
  readonly contentLength: number | undefined
  /** All values of Connection; undefined when there is none. */
  readonly connection: string | undefined
  readonly expectsContinue: boolean
  /** Whether the client closes the connection after this message. */
  readonly wantsClose: boolean
  readonly objection: HeadObjection | undefined
}

/** What the fields of a head say that matters to framing and connection. */
interface Findings extends FramingFields {
  hosts: number
  hasBadHost: boolean
  hasUpgrade: boolean
  hasBadExpectation: boolean
  expectsContinue: boolean
}

/** Reads a head that was scanned to its end; undefined when its start line is not a request line. */
export function readRequestHead(
  scanner: HeadScanner,
  text: string,
  maxFields: number,
): RequestHead | undefined {
  const line = readRequestLine(text.slice(0, scanner.startLineLength))
  if (!line || scanner.hasObsoleteStartLine) return undefined
  const { method, target, version } = line
  const fields: string[] = []
  const found = noFindings()
  for (let i = 0; i < scanner.fieldCount; i++) {
    const name = scanner.nameOf(text, i)
    const value = scanner.valueOf(text, i)
    fields.push(name, value)
    note(found, name, value)
  }
  const { contentLength, connection, expectsContinue } = found
  const objection =
    objectToLine(version, method, target) ??
    (scanner.fieldCount > maxFields ? 'fields' : undefined) ??
    objectToFields(found)
  const wantsClose = endsConnection(found)
  return { method, target, fields, contentLength, connection, expectsContinue, wantsClose, objection }
}

interface RequestLine {
  readonly method: string
  readonly target: string
  readonly version: string
}

function readRequestLine(line: string): RequestLine | undefined {
  const first = line.indexOf(' ')
  const second = line.indexOf(' ', first + 1)
  const method = line.slice(0, first)
  const target = line.slice(first + 1, second)
  const version = line.slice(second + 1)
  if (first < 1 || second < 0 || target === '') return undefined
  if (method !== 'POST' && !TOKEN.test(method)) return undefined
  if (version !== 'HTTP/1.1' && !VERSION.test(version)) return undefined
  return { method, target, version }
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VERSION = /^HTTP\/\d\.\d$/

function objectToLine(version: string, method: string, target: string): HeadObjection | undefined {
  if (version !== 'HTTP/1.1') return 'version'
  if (method !== 'POST') return 'method'
  if (target.charCodeAt(0) !== SLASH || target.includes('#')) return 'target'
  return undefined
}

const SLASH = 47

function noFindings(): Findings {
  return {
    ...noFramingFields(),
    hosts: 0,
    hasBadHost: false,
    hasUpgrade: false,
    hasBadExpectation: false,
    expectsContinue: false,
  }
}

function note(found: Findings, name: string, value: string): void {
  switch (name) {
    case 'host':
      found.hosts++
      found.hasBadHost ||= !HOST.test(value)
      break
    case 'upgrade':
      found.hasUpgrade ||= value.toLowerCase() !== 'h2c'
      break
    case 'expect':
      found.hasBadExpectation ||= found.expectsContinue || value.toLowerCase() !== '100-continue'
      found.expectsContinue = true
      break
    default:
      noteFramingField(found, name, value)
  }
}

/** A host with an optional port (RFC 9110 §7.2): names, IPv4, IPv6 in brackets. */
const HOST = /^(?:[A-Za-z0-9\-._~!$&'()*+;=%]+|\[[0-9A-Fa-f:.]+\])(?::\d*)?$/

function objectToFields(found: Findings): HeadObjection | undefined {
  if (found.hosts !== 1 || found.hasBadHost) return 'host'
  if (found.hasUpgrade) return 'upgrade'
  if (found.hasBadExpectation) return 'expectation'
  if (found.lengths + found.encodings === 0) return 'length'
  if (contradict(found)) return 'framing'
  return undefined
}

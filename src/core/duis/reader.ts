/**
 * The streaming reader: bytes in, `MessageFacts` or a `ReadFault` out.
 */
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { DeviceKey } from './eui64.ts'
import type { Direction, MessageFacts } from './facts.ts'
import type { ReadFault } from './fault.ts'

export type ReadResult =
  | { readonly ok: true; readonly facts: MessageFacts }
  | { readonly ok: false; readonly fault: ReadFault }

/** Finite limits of one message, all in bytes unless the name says otherwise. */
export interface ReadLimits {
  readonly maxDepth: number
  readonly maxNameBytes: number
  /** One start tag with its attributes, one comment-free markup item. */
  readonly maxTagBytes: number
  readonly maxAttributes: number
  /** Text of one element that the reader must understand (an ID, a code, a reference), after joining. */
  readonly maxValueBytes: number
}

export const DEFAULT_READ_LIMITS: ReadLimits = {
  maxDepth: 32,
  maxNameBytes: 256,
  maxTagBytes: 16_384,
  maxAttributes: 64,
  maxValueBytes: 4_096,
}

/** Compiled once per direction at start; readers are cheap. */
export interface ReadingPlan {
  readonly direction: Direction
}

export interface ReadingPlanOptions {
  readonly direction: Direction
  readonly catalogue: Catalogue
  /** EUIs of the DCC as a business target or originator: never a Device. */
  readonly dccEuis: readonly DeviceKey[]
  readonly limits?: Partial<ReadLimits>
}

export declare function readingPlan(options: ReadingPlanOptions): ReadingPlan

/** Reads one message. `write` and `end` never throw on any input. */
export declare class DuisReader {
  constructor(plan: ReadingPlan)
  /** Takes the next bytes, which may be cut anywhere and are not kept. False once a fault is known. */
  write(chunk: Uint8Array): boolean
  /** Tells that the message is over. */
  end(): ReadResult
  /** The fault, as soon as there is one. */
  get fault(): ReadFault | undefined
  /** True once Header and the name of the body's child have been read: claims can still be added after it. */
  get isHeadComplete(): boolean
  /** True once the root element has ended. */
  get isRootClosed(): boolean
  /** What is known so far; only useful when `isHeadComplete`. */
  factsSoFar(): MessageFacts
}

/** Reads a message held whole. */
export declare function readMessage(plan: ReadingPlan, bytes: Uint8Array): ReadResult

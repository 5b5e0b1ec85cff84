/** How much one message may hold: for the reader, and for what reads a configuration and no message. */

/**
 * Finite limits of one message, all in bytes unless the name says otherwise. The largest depth among the public templates is 10,
 * the largest value a RequestID of 68 bytes.
 */
export const DEFAULT_READ_LIMITS = {
  maxDepth: 32,
  maxNameBytes: 256,
  /** One tag with its attributes. */
  maxTagBytes: 16_384,
  maxAttributes: 64,
  /** Text of one element that the reader must understand (an ID, a code, a reference), after joining. */
  maxValueBytes: 4_096,
  /** Devices of one message: the largest legal list has 50,000. */
  maxDevices: 100_000,
  /** Things that one message claims to be. Most claim a handful; 100 SMETS1 payloads may each be another. */
  maxClaims: 512,
}
export type ReadLimits = Readonly<typeof DEFAULT_READ_LIMITS>

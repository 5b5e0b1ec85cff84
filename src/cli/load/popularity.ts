/**
 * How often a Device is spoken of: Zipf-like, the n-th most popular about 1/n^exponent as often as the first.
 *
 * Ranks come from the inverse of the continuous distribution, which needs neither tables nor trials for 60 million
 * Devices and differs from the discrete one only among the first few ranks. Fleets scatter Devices over their IDs, so
 * rank n is simply Device n.
 */

/** Meters report about equally often; what skew there is comes from polling and from alert storms. */
const DEFAULT_EXPONENT = 0.9

/** The rank, from 0, at the place `u` of [0, 1) in a population; `exponent` is not 1. */
export function rankAt(u: number, population: number, exponent = DEFAULT_EXPONENT): number {
  const flat = 1 - exponent
  const rank = ((population + 1) ** flat - 1) * u + 1
  return Math.min(population - 1, Math.floor(rank ** (1 / flat)) - 1)
}

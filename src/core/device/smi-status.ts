/** SMI Statuses: what the Smart Metering Inventory says of a Device's life. */

/** As DUIS XSD 5.4 names them, type `DeviceStatus`. */
export const SMI_STATUSES = [
  'Pending',
  'Whitelisted',
  'InstalledNotCommissioned',
  'Commissioned',
  'Decommissioned',
  'Withdrawn',
  'Suspended',
  'Recovery',
  'Recovered',
] as const
type SmiStatus = (typeof SMI_STATUSES)[number]

const BY_LETTERS = new Map<string, SmiStatus>(SMI_STATUSES.map((status) => [status.toLowerCase(), status]))

/** Reads a status in either letter case, with or without spaces, hyphens and underscores between its words. */
export function parseSmiStatus(text: string): SmiStatus | undefined {
  return BY_LETTERS.get(text.replaceAll(/[\s_-]+/g, '').toLowerCase())
}

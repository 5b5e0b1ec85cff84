/** GBCS headers for the second reader: read off their hex text. */

/** Reads a GBCS header off its hex text: whatever stands first is cut off until the message code does. */
export function gbcsHeader(base64: string): { ids: readonly string[]; messageCode: string } | undefined {
  const clean = base64.replace(/[^A-Za-z0-9+/]/g, '')
  let hex = Buffer.from(clean.slice(0, 8_000), 'base64').toString('hex').toUpperCase()
  if (hex.startsWith('DD')) {
    hex = hex.slice(2)
    for (let field = 0; field < 5; field++) hex = hex.slice(octets(hex).end)
    const [key] = /^(?:00|0100..|0101..|0102)/.exec(hex) ?? []
    if (key === undefined) return undefined
    hex = hex.slice(key.length)
    const strings = key === '0102' ? 2 : Number(key.startsWith('0101'))
    for (let string = 0; string < strings; string++) hex = hex.slice(octets(hex).end)
    hex = hex.slice(octets(hex).start + 10)
  }
  const signing = /^DF090[123].{16}08(.{16})08(.{16})(.*)$/.exec(hex)
  if (!signing) return undefined
  const [, originator = '', target = '', rest = ''] = signing
  const other = rest.slice(octets(rest).end)
  const { start, end } = octets(other)
  const messageCode = other.slice(start, start + 4)
  if (end - start < 4 || messageCode.length < 4) return undefined
  return { ids: [hyphenated(originator), hyphenated(target)], messageCode }
}

/** Where in the hex text the octets begin whose length stands first, and where they end. */
function octets(hex: string): { start: number; end: number } {
  const [, long, short] = /^(?:8([1-4])|([0-7].))/.exec(hex) ?? []
  // What is no length leads past the end.
  if (long === undefined && short === undefined) return { start: hex.length, end: hex.length }
  const start = long === undefined ? 2 : 2 + 2 * Number(long)
  const length = short ?? hex.slice(2, start)
  return { start, end: start + 2 * Number.parseInt(length || '0', 16) }
}

function hyphenated(hex: string): string {
  return (hex.match(/../g) ?? []).join('-')
}

/**
 * The catalogue against the request matrix of @smartdcc/duis-parser (GPL-3.0, tests only).
 */
import { lookupSRV } from '@smartdcc/duis-parser'
import t from 'tap'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'

const FUTURE_DATED: Readonly<Record<string, string>> = {
  DSP: 'dsp',
  Device: 'device',
  'DSP & Device': 'dsp-and-device',
}

for (const entry of loadCatalogue().data.serviceRequests) {
  t.test(`${entry.srv} is what the request matrix says`, async (t) => {
    const official = lookupSRV(entry.srv)
    t.ok(official, 'the matrix knows it')
    t.equal(entry.name, plainName(official?.['Service Request Name'] ?? ''))
    t.equal(entry.serviceReference, official?.['Service Reference'])
    t.equal(entry.critical, official?.Critical === 'Yes')
    t.equal(entry.target, official?.['Non-Device Request'] === 'Yes' ? 'dcc' : 'device')
    t.equal(entry.futureDated, FUTURE_DATED[official?.['Future Dated Response Pattern'] ?? ''] ?? 'no')
    t.strictSame([...entry.roles].sort(), [...(official?.['Eligible User Roles'] ?? [])].sort())
  })
}

/** Without double spaces, and without the remark that the matrix adds to 8.2. */
function plainName(name: string): string {
  return name
    .replace(/\s+/g, ' ')
    .replace(' (Current and Future Suppliers may use this Service Request)', '')
    .trim()
}

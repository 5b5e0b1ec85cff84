/**
 * Every element of the official XSD that holds an EUI: a Device ID written there, and nowhere else, must be read.
 */
import t from 'tap'
import { DCC, dccRequest, ESME, OTHER_ESME, references, response, USER } from '../fixtures/message.ts'
import { readWhole, summarise } from '../support/plans.ts'
import { type IdentityForm, identityForm, officialModel, placesInBody } from '../support/xsd-places.ts'

type Root = 'Request' | 'Response'

/** Paths that hold an EUI and name no Device that is concerned. */
const NO_DEVICE: Record<string, string> = {
  'DCCAlertMessage/DCCAlert/ECoSAlert/AlertID': 'the ID of the alert itself',
}

const skip = officialModel === undefined && '@smartdcc/duis-sign-wrap is not installed'

t.test('each place of the DUIS schema that holds an EUI is read', { skip }, async (t) => {
  const identities = (['Request', 'Response'] as const).flatMap((root) =>
    placesInBody(root).flatMap((place) => {
      const form = identityForm(place)
      // SMETS1 data of the MMC schema are of another namespace.
      return form && !place.path.includes('ra:') ? [{ root, path: place.path, form }] : []
    }),
  )
  t.equal(identities.length, 88)
  for (const { root, path, form } of identities) {
    const result = readWhole(root === 'Request' ? 'southbound' : 'northbound', messageWith(root, path, form))
    const devices = result.ok ? summarise(result.facts).devices : [result.fault.text]
    const expected = path in NO_DEVICE ? [] : form === 'eui-list' ? [ESME, OTHER_ESME] : [ESME]
    t.same(devices, expected, `${root}: ${path}`)
  }
})

function messageWith(root: Root, path: string, form: IdentityForm): Buffer {
  const content = nested(path, identityIn(form))
  if (root === 'Request') return Buffer.from(dccRequest({ srv: '8.2', body: content }))
  const message = content.replace('<sr:ResponseMessage>', `<sr:ResponseMessage>${references('8.2')}`)
  return Buffer.from(response({ requestId: `${USER}:${DCC}:1`, body: message }))
}

function identityIn(form: IdentityForm): string {
  switch (form) {
    case 'eui':
      return ESME
    case 'eui-list':
      return `${ESME},${OTHER_ESME}`
    case 'request-target':
      return `${USER}:${ESME}:1`
  }
}

function nested(path: string, value: string): string {
  const names = path.split('/')
  return (
    names.map((name) => `<sr:${name}>`).join('') +
    value +
    names
      .map((name) => `</sr:${name}>`)
      .reverse()
      .join('')
  )
}

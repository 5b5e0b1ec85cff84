/**
 * Every element of the official XSD that holds an EUI: a Device ID written there, and nowhere else, must be read.
 */
import t from 'tap'
import { DCC, dccRequest, ESME, OTHER_ESME, references, response, USER } from '../fixtures/message.ts'
import { officialSchemas } from '../support/official-xsd.ts'
import { readWhole, summarise } from '../support/plans.ts'
import { type IdentityForm, type IdentityPath, identityPaths } from '../support/xsd-identities.ts'

/** Paths that hold an EUI and name no Device that is concerned. */
const NO_DEVICE: Record<string, string> = {
  'DCCAlertMessage/DCCAlert/ECoSAlert/AlertID': 'the ID of the alert itself',
}

const schema = officialSchemas()?.get('duis-5.1.xsd')
const skip = schema === undefined && '@smartdcc/duis-sign-wrap is not installed'

t.test('each place of the XSD that holds an EUI is read', { skip }, async (t) => {
  const paths = identityPaths(schema ?? '')
  t.equal(paths.length, 88)
  for (const place of paths) {
    const { root, path, form } = place
    const result = readWhole(root === 'Request' ? 'southbound' : 'northbound', messageWith(place))
    const devices = result.ok ? summarise(result.facts).devices : [result.fault.text]
    const expected = path in NO_DEVICE ? [] : form === 'eui-list' ? [ESME, OTHER_ESME] : [ESME]
    t.same(devices, expected, `${root}: ${path}`)
  }
})

function messageWith({ root, path, form }: IdentityPath): Buffer {
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
    case 'request-id':
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

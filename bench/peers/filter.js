// The filter for nginx in njs: takes Device and SRV out of the body and asks the maps of nginx.
// biome-ignore lint/style/useNodejsImportProtocol: njs knows it by this name only
import fs from 'fs'

const REQUEST_ID = /<sr:RequestID>[^:<]*:([0-9A-Fa-f-]{23}):/
const SRV = /<sr:ServiceReferenceVariant>([0-9.]+)</
const rejection = fs.readFileSync('@FOLDER@/rejection.xml', 'utf8')

function decide(r) {
  const body = r.requestText
  const device = REQUEST_ID.exec(body)
  const srv = SRV.exec(body)
  r.variables.duis_device = device ? device[1].toUpperCase() : ''
  r.variables.duis_srv = srv ? srv[1] : ''
  if (r.variables.is_blocked === '1' && r.variables.is_restricted === '1') {
    r.headersOut['Content-Type'] = 'application/xml'
    r.return(200, rejection)
    return
  }
  r.internalRedirect('@dsp')
}

export default { decide }

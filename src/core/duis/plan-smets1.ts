/**
 * What the reading plan has of answers and alerts of SMETS1 Devices, whose data stands in clear in the words of the Message
 * Mapping Catalogue (`ra:`).
 */
import type { Catalogue } from '../catalogue/catalogue.ts'
import { add, addDevices, type Draft, type DraftOptions, THROTTLE } from './plan-draft.ts'

/**
 * SMETS1 answers and alerts: clear MMC data inside a wrapper of the SMETS1 Service Provider. The wrapper is mandatory, so
 * such a message always counts as one with data, also when a later version wraps it otherwise.
 */
export function draftSmets1(body: Draft, catalogue: Catalogue): void {
  const message = add(body, 'SMETS1ResponseMessage', {
    rank: 1,
    isRequired: true,
    unknown: 'data',
    marks: { kind: 'service-response', hasData: true },
  })
  add(message, 'ServiceReference', { rank: 1, value: { as: 'service-reference', source: 'header' } })
  add(message, 'ServiceReferenceVariant', { rank: 2, value: { as: 'srv', source: 'header' } })
  add(message, 'DSPScheduleID', { marks: { isScheduled: true } })
  for (const name of THROTTLE) add(message, name)
  const signed = add(message, 'SMETS1SignedResponse', { unknown: 'data' })
  add(signed, 'ds:Signature')
  const inner = add(signed, 'SMETS1Response', { unknown: 'data' })
  const header = add(inner, 'Header')
  addDevices(header, 'ra:BusinessOriginatorID', 'eui')
  add(header, 'ra:GBCSHexadecimalMessageCode', { value: { as: 'message-code' } })
  add(header, 'ra:ServiceReference', { rank: 1, value: { as: 'service-reference', source: 'smets1' } })
  add(header, 'ra:ServiceReferenceVariant', { rank: 2, value: { as: 'srv', source: 'smets1' } })
  const content = add(inner, 'Body', { unknown: 'data', marks: { endsHead: true } })
  draftSmets1Answer(add(content, 'ResponseMessage', { unknown: 'data' }), catalogue)
  draftSmets1Alert(
    add(content, 'DeviceAlertMessage', { unknown: 'data', marks: { kind: 'device-alert' } }),
    catalogue,
  )
}

/** Devices that an answer in clear names beside its own; all that the MMC XSD gives an EUI and that is no party's. */
const MMC_DEVICES = [
  'ra:ReadDeviceConfigurationIdentityExcMPxNRsp/ra:DeviceIdentifier',
  'ra:ReadALCSDataRsp/ra:AuxiliaryLoadControlSwitch/ra:TypeAndIdentifier/ra:HCALCS',
  'ra:ReadDeviceLogRsp/ra:DeviceLogEntries/ra:LogEntry/ra:DeviceID',
  'ra:ReadDeviceLogRsp/ra:CHFDeviceLog/ra:CHFDeviceLogEntry/ra:DeviceID',
  'ra:ReadDeviceLogRsp/ra:CHFConnectedDeviceLog/ra:CHFCurrentConnectedDeviceLogEntry/ra:DeviceID',
  'ra:ReadDeviceLogRsp/ra:CHFConnectedDeviceLog/ra:CHFHistoricConnectedDeviceLogEntry/ra:DeviceID',
  'ra:RestoreGPFDeviceLogRsp/ra:RestoreDeviceLogOutcome/ra:DeviceLogEntry/ra:DeviceID',
  'ra:ReadAuxiliaryControllerOperationalDataRsp/ra:AuxiliaryControllerOperationalData/ra:TypeAndIdentifier/ra:HCALCSID',
]

/** Payload as the Device sent it, beside or instead of the data in clear: up to 100 of them. */
const TYPED_PAYLOAD: DraftOptions = { value: { as: 'gbcs' }, marks: { isTypedPayload: true } }

function draftSmets1Answer(answer: Draft, catalogue: Catalogue): void {
  add(answer, 'ra:GBCSData', TYPED_PAYLOAD)
  add(answer, 'ra:DebugInfo')
  const data = add(answer, 'ra:SMETSData', { unknown: 'claim' })
  for (const { bodyElement, srv } of catalogue.data.serviceRequests) {
    const name = MMC_NAMES.get(bodyElement) ?? bodyElement
    add(data, `ra:${name}Rsp`, { marks: { claim: { type: 'srv', srv, source: 'smets1' } } })
  }
  for (const path of MMC_DEVICES) addDevices(data, path, 'eui')
  add(data, 'ra:ReadEventOrSecurityLogRsp/ra:Log', { marks: { log: 'clear' } })
  add(data, 'ra:ReadEventOrSecurityLogRsp/ra:ALCSEvent', { marks: { log: 'ALCSEvent' } })
}

function draftSmets1Alert(alert: Draft, catalogue: Catalogue): void {
  add(alert, 'ra:GBCSData', TYPED_PAYLOAD)
  const content = add(alert, 'ra:DeviceAlertContent', { unknown: 'data' })
  add(content, 'ra:GBCSHexAlertCode', { value: { as: 'alert-code', source: 'smets1' } })
  add(content, 'ra:AlertDescription')
  add(content, 'ra:Timestamp')
  const payload = add(content, 'ra:Payload', { unknown: 'data' })
  for (const [element, alerts] of alertsByElement(catalogue)) {
    add(payload, `ra:${element}`, { marks: { alerts } })
  }
}

/** Codes of the alerts whose content is this element of the Message Mapping Catalogue. */
function alertsByElement(catalogue: Catalogue): Map<string, readonly string[]> {
  const codes = new Map<string, readonly string[]>()
  for (const { code, mmcElement } of catalogue.data.deviceAlerts) {
    if (mmcElement !== undefined) codes.set(mmcElement, [...(codes.get(mmcElement) ?? []), code])
  }
  return codes
}

/** Body elements that the Message Mapping Catalogue calls otherwise in answers, where all others are `<body element>Rsp`. */
export const MMC_NAMES = new Map([
  ['ReadDeviceConfigurationBillingCalendar', 'ReadDeviceConfigurationDataBillingCalendar'],
])

/**
 * What the reading plan has of Responses: answers, Device Alerts and DCC Alerts; SMETS1 has a file of its own.
 */
import type { Catalogue } from '../catalogue/catalogue.ts'
import { add, addDevices, addHeader, type Draft, GBCS, required, THROTTLE } from './plan-draft.ts'
import { draftSmets1 } from './plan-smets1.ts'

export function draftResponse(document: Draft, catalogue: Catalogue): void {
  const response = add(document, 'Response', { rank: 1, isRequired: true, unknown: 'root' })
  addHeader(response, [
    ['RequestID', { value: { as: 'request-id' } }],
    ['ResponseID', { value: { as: 'response-id' } }],
    ['ResponseCode', required({ as: 'response-code' })],
    ['ResponseDateTime', { isRequired: true }],
  ])
  const body = add(response, 'Body', { rank: 2, isRequired: true, unknown: 'body' })
  draftResponseMessage(body)
  draftDeviceAlert(body)
  draftDccAlert(body, catalogue)
  draftSmets1(body, catalogue)
  add(response, 'ds:Signature', { rank: 3 })
}

const WARNING_LISTS = [
  'InvalidDeviceIDList',
  'NotCommissionedDeviceIDList',
  'NotApplicableFirmwareDeviceIDList',
  'OtherRequestInProgressList',
  'InvalidGBCSVersionList',
]

/** Elements of an answer that hold a GBCS payload among others. */
const WRAPPERS = [
  'CINMessage',
  'DSPScheduledMessage',
  'FutureDatedDeviceAlertMessage',
  'LocalCommand',
  'PreCommand',
]

const OTHER_DATA = [
  'DSPInventory',
  'DSPOptIn',
  'DSPSchedulesRead',
  'DSPScheduleID',
  'DSPUpdateFirmwareWarning',
  'DSPUpdatePPMIDFirmwareWarning',
  'DSPWANMatrix',
  'GBCSPayload',
]

function draftResponseMessage(body: Draft): void {
  const marks = { hasData: true, endsHead: true }
  const message = add(body, 'ResponseMessage', {
    rank: 1,
    isRequired: true,
    unknown: 'claim-data',
    marks: { kind: 'service-response' },
  })
  add(message, 'ServiceReference', { rank: 1, ...required({ as: 'service-reference', source: 'header' }) })
  add(message, 'ServiceReferenceVariant', { rank: 2, ...required({ as: 'srv', source: 'header' }) })
  for (const element of [...WRAPPERS, ...OTHER_DATA]) add(message, element, { rank: 3, marks })
  add(message, 'DSPScheduledMessage', { marks: { isScheduled: true } })
  add(message, 'DSPScheduleID', { marks: { isScheduleNumber: true }, value: { as: 'schedule-id' } })
  add(message, 'GBCSPayload', GBCS)
  for (const wrapper of WRAPPERS) add(message, `${wrapper}/GBCSPayload`, GBCS)
  add(message, 'FutureDatedDeviceAlertMessage/FutureDatedAlertCode', {
    value: { as: 'alert-code', source: 'alert' },
  })
  addDevices(message, 'DSPInventory/Device/DeviceID', 'eui')
  addDevices(message, 'DSPOptIn/DeviceID', 'eui')
  addDevices(message, 'DSPSchedulesRead/DSPSchedules/DSPScheduleDetails/DeviceID', 'eui')
  for (const list of WARNING_LISTS) {
    addDevices(message, `DSPUpdateFirmwareWarning/${list}`, 'eui-list')
    addDevices(message, `DSPUpdatePPMIDFirmwareWarning/${list}`, 'eui-list')
  }
}

function draftDeviceAlert(body: Draft): void {
  const alert = add(body, 'DeviceAlertMessage', {
    rank: 1,
    isRequired: true,
    unknown: 'data',
    marks: { kind: 'device-alert', hasData: true },
  })
  for (const name of THROTTLE) add(alert, name)
  add(alert, 'AlertCode', { rank: 1, value: { as: 'alert-code', source: 'alert' } })
  add(alert, 'GBCSPayload', { ...GBCS, marks: { endsHead: true } })
}

function draftDccAlert(body: Draft, catalogue: Catalogue): void {
  const alert = add(body, 'DCCAlertMessage', {
    rank: 1,
    isRequired: true,
    unknown: 'data',
    marks: { kind: 'dcc-alert', hasData: true },
  })
  for (const name of THROTTLE) add(alert, name)
  add(alert, 'DCCAlertCode', { value: { as: 'dcc-alert-code' } })
  const payload = add(alert, 'DCCAlert', { unknown: 'data', marks: { endsHead: true } })
  for (const entry of catalogue.data.dccAlertPayloads) {
    add(payload, entry.element)
    for (const { path, as, swapped } of entry.devicePaths) addDevices(payload, path, as, swapped)
    for (const path of entry.alertCodePaths)
      add(payload, path, { value: { as: 'alert-code', source: 'alert' } })
  }
  for (const { dccAlertPayload } of catalogue.data.events)
    for (const path of dccAlertPayload) add(payload, path, { marks: { dccAlertPayload: path } })
  add(payload, 'DSPScheduleRemoval/DSPScheduleID', { value: { as: 'schedule-id' } })
}

/**
 * What the reading plan has of Requests: Header, the body element and the Devices of each SRV, scheduled SRVs, local commands.
 */
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Claim } from './facts.ts'
import { add, addDevices, addHeader, type Draft, GBCS, required } from './plan-draft.ts'

export function draftRequest(document: Draft, catalogue: Catalogue): void {
  const request = add(document, 'Request', {
    rank: 1,
    isRequired: true,
    unknown: 'root',
    marks: { kind: 'service-request', hasData: true },
  })
  addHeader(request, [
    ['RequestID', required({ as: 'request-id' })],
    ['FirstInSequence', {}],
    ['PrecedingServiceRequestID', {}],
    ['CommandVariant', required({ as: 'command-variant' })],
    ['ServiceReference', required({ as: 'service-reference', source: 'header' })],
    ['ServiceReferenceVariant', required({ as: 'srv', source: 'header' })],
  ])
  const body = add(request, 'Body', { rank: 2, isRequired: true, unknown: 'body' })
  for (const entry of catalogue.data.serviceRequests) {
    const claim: Claim = { type: 'srv', srv: entry.srv, source: 'body' }
    add(body, entry.bodyElement, { rank: 1, isRequired: true, marks: { claim, endsHead: true } })
    add(body, `${entry.bodyElement}/ExecutionDateTime`, { value: { as: 'execution-date-time' } })
    for (const { path, as } of entry.devicePaths) addDevices(body, path, as)
  }
  add(body, 'SignedPreCommand', { rank: 1, isRequired: true, marks: { endsHead: true } })
  add(body, 'SignedPreCommand/ExecutionDateTime', { value: { as: 'execution-date-time' } })
  add(body, 'SignedPreCommand/GBCSPayload', GBCS)
  add(body, 'ReturnLocalCommandResponse/DeviceGBCSResponse', GBCS)
  add(body, 'UpdatePaymentMode/Credit', { marks: { paymentMode: 'credit' } })
  add(body, 'UpdatePaymentMode/Prepayment', { marks: { paymentMode: 'prepayment' } })
  add(body, 'ReadEventOrSecurityLog/LogToRead', { value: { as: 'log-to-read' } })
  draftSchedule(body, catalogue)
  add(body, 'DeleteSchedule/DSPScheduleID', { value: { as: 'schedule-id' } })
  for (const installed of ['CHFInstallSuccessSMWAN', 'CHFInstallSuccessNoSMWAN'])
    add(body, `${installed}/MPxN`, { value: { as: 'meter-point' } })
  add(body, 'UpdateHANDeviceLog/RequestType', { value: { as: 'log-request' } })
  add(request, 'ds:Signature', { rank: 3 })
}

/** Create Schedule (5.1): the scheduled SRV and its element are claims of the message. */
function draftSchedule(body: Draft, catalogue: Catalogue): void {
  const schedule = add(body, 'CreateSchedule', { unknown: 'claim', unknownRank: 3 })
  for (const name of ['Frequency', 'StartDate', 'ExecutionStartTime']) add(schedule, `Schedule${name}`)
  add(schedule, 'ScheduleEndDate', { value: { as: 'schedule-end-date' } })
  add(schedule, 'KAPublicSecurityCredential')
  add(schedule, 'DSPScheduledServiceReference', {
    rank: 1,
    value: { as: 'service-reference', source: 'inner-header' },
  })
  add(schedule, 'DSPScheduledServiceReferenceVariant', {
    rank: 2,
    value: { as: 'srv', source: 'inner-header' },
  })
  for (const [element, { srv }] of catalogue.byScheduleElement) {
    add(schedule, element, { marks: { claim: { type: 'srv', srv, source: 'inner-body' } } })
  }
}

/**
 * The messages of the benches: our own DUIS documents in the layout and the sizes of public samples.
 *
 * Sizes follow the 297 published Request templates (222 of 1–2 KiB, 32 of 2–3, 8 of 3–4, 14 of 4–8, 10 of 8–16, 11 of
 * 16–26 KiB; mean 3.2 kB) and the GBCS payloads of a public test suite (responses: median 115 bytes, p90 344; alerts:
 * median 145, p90 188). What lies in a body is filler of the right shape: base64 text, or small elements as in tariffs.
 */

import type { SeededRandom } from '../../src/cli/load/seeded-random.ts'
import { gbcsPayload } from '../../test/fixtures/gbcs.ts'
import { DCC, dccAlertBody, request, response, responseMessage, USER } from '../../test/fixtures/message.ts'
import { SIGNATURE } from './signature.ts'

/** What a message is, as far as the workload tells messages apart. */
type MessageSort =
  | 'read'
  | 'other-request'
  | 'data-response'
  | 'other-response'
  | 'billing-alert'
  | 'device-alert'
  | 'dcc-alert'
  | 'firmware'

/** One document and whether the shipped table stops it when its Device is Restricted. */
export interface BenchMessage {
  readonly sort: MessageSort
  /** HTTP target on the listener of its direction. */
  readonly target: string
  readonly body: Buffer
  readonly isStoppedWhenRestricted: boolean
}

export const USER_EUI = USER
export const DCC_EUI = DCC

const LOG_PERIOD =
  '<sr:ReadLogPeriod>\n        <sr:StartDateTime>2026-02-01T00:00:00.00Z</sr:StartDateTime>\n        <sr:EndDateTime>2026-03-01T00:00:00.00Z</sr:EndDateTime>\n      </sr:ReadLogPeriod>'

/** Reads that show consumption; each needs the flag. */
const READS = [
  { srv: '4.1.1', body: 'ReadInstantaneousImportRegisters', content: '' },
  { srv: '4.3', body: 'ReadInstantaneousPrepayValues', content: '' },
  { srv: '4.6.1', body: 'RetrieveImportDailyReadLog', content: LOG_PERIOD },
  { srv: '4.8.1', body: 'ReadActiveImportProfileData', content: LOG_PERIOD },
  { srv: '4.18', body: 'ReadMeterBalance', content: '' },
] as const

const REQUEST_SIZES = [
  { share: 222, from: 1_656, to: 1_900 },
  { share: 32, from: 2_048, to: 3_072 },
  { share: 8, from: 3_072, to: 4_096 },
  { share: 14, from: 4_096, to: 8_192 },
  { share: 10, from: 8_192, to: 16_384 },
  { share: 11, from: 16_384, to: 26_628 },
] as const

/** Reads are up to this long; longer Requests are settings. */
const LONGEST_READ = 3_072

/** A Service Request of a size as published ones have it: six of seven are reads. */
export function serviceRequest(random: SeededRandom, device: string): BenchMessage {
  const { from, to } = random.choose(REQUEST_SIZES)
  const bytes = random.between(from, to)
  return to <= LONGEST_READ ? readRequest(random, device, bytes) : tariffUpdate(random, device, bytes)
}

/** A read of consumption. */
export function readRequest(random: SeededRandom, device: string, bytes: number): BenchMessage {
  const read = READS[random.between(0, READS.length)] ?? READS[0]
  const content = (filler: string) =>
    read.content +
    (filler && `\n      <sr:KAPublicSecurityCredentials>${filler}</sr:KAPublicSecurityCredentials>`)
  const document = (filler: string) =>
    requestDocument(random, device, read.srv, `<sr:${read.body}>${content(filler)}</sr:${read.body}>`)
  return southbound('read', filledTo(document, bytes, base64Text), true)
}

/** An update of a tariff: many small elements. It passes whatever the flag says. */
function tariffUpdate(random: SeededRandom, device: string, bytes: number): BenchMessage {
  const element = 'UpdateImportTariffPrimaryElement'
  const document = (filler: string) =>
    requestDocument(random, device, '1.1.1', `<sr:${element}>${filler}\n    </sr:${element}>`)
  return southbound('other-request', filledTo(document, bytes, tariffElements), false)
}

/** SRV 11.1 with an image of that many base64 characters for two Devices: never stopped, never looked up. */
export function firmwareUpdate(
  random: SeededRandom,
  devices: readonly string[],
  bytes: number,
): BenchMessage {
  const document = (image: string) =>
    requestDocument(
      random,
      DCC,
      '11.1',
      `<sr:UpdateFirmware>\n      <sr:FirmwareImage>${image}</sr:FirmwareImage>\n      <sr:FirmwareVersion>0000000A</sr:FirmwareVersion>\n      <sr:DeviceIDList>${devices.join(',')}</sr:DeviceIDList>\n    </sr:UpdateFirmware>`,
      8,
    )
  const message = southbound('firmware', filledTo(document, bytes, base64Text), false)
  return { ...message, target: '/api/v1/serviceD' }
}

/** Responses of Devices, with the GBCS message code of what they answer. */
const RESPONSES = [
  { share: 40, sort: 'data-response', srv: '4.8.1', messageCode: '0037' },
  { share: 30, sort: 'data-response', srv: '4.1.1', messageCode: '0027' },
  { share: 10, sort: 'data-response', srv: '4.6.1', messageCode: '0033' },
  { share: 10, sort: 'other-response', srv: '7.4', messageCode: '0052' },
  { share: 10, sort: 'other-response', srv: '6.13', messageCode: '0049' },
] as const

const RESPONSE_PAYLOADS = [
  { share: 50, from: 63, to: 116 },
  { share: 40, from: 116, to: 345 },
  { share: 10, from: 345, to: 1_402 },
] as const

/** A Service Response. */
export function serviceResponse(random: SeededRandom, device: string): BenchMessage {
  const { sort, srv, messageCode } = random.choose(RESPONSES)
  const payload = payloadOf(random, 'response', device, messageCode, RESPONSE_PAYLOADS)
  const content = `<sr:GBCSPayload>${payload}</sr:GBCSPayload>`
  const id = `${device}:${USER}:${counter(random)}`
  const requestId = `${USER}:${device}:${counter(random)}`
  const xml = response({
    requestId,
    responseId: id,
    body: responseMessage(srv, content),
    signature: SIGNATURE,
  })
  return northbound(sort, xml, sort === 'data-response')
}

/** Alert codes that pass, with a generic GBCS alert; one alert of twenty is the billing alert, which needs the flag. */
const ALERTS = [
  { share: 5, code: '8F0A', messageCode: '0061' },
  { share: 25, code: '8F35', messageCode: '0067' },
  { share: 20, code: '8F3F', messageCode: '1000' },
  { share: 25, code: '8003', messageCode: '1001' },
  { share: 25, code: '81AC', messageCode: '1001' },
] as const

const ALERT_PAYLOADS = [
  { share: 50, from: 69, to: 146 },
  { share: 40, from: 146, to: 189 },
  { share: 10, from: 189, to: 582 },
] as const

/** A Device Alert. */
export function deviceAlert(random: SeededRandom, device: string): BenchMessage {
  const { code, messageCode } = random.choose(ALERTS)
  const payload = payloadOf(random, 'alert', device, messageCode, ALERT_PAYLOADS)
  const body = `<sr:DeviceAlertMessage>\n      <sr:AlertCode>${code}</sr:AlertCode>\n      <sr:GBCSPayload>${payload}</sr:GBCSPayload>\n    </sr:DeviceAlertMessage>`
  const xml = response({ responseId: `${device}:${USER}:${counter(random)}`, body, signature: SIGNATURE })
  const isBilling = code === '8F0A'
  return northbound(isBilling ? 'billing-alert' : 'device-alert', xml, isBilling)
}

/** A DCC Alert that a hub lost power. */
export function powerOutageAlert(random: SeededRandom, hub: string): BenchMessage {
  const outage = `<sr:PowerOutageEvent><sr:CommsHubDeviceID>${hub}</sr:CommsHubDeviceID><sr:StartDateTime>2026-03-01T00:00:00Z</sr:StartDateTime><sr:MPxN>${random.between(1e12, 2e12)}</sr:MPxN></sr:PowerOutageEvent>`
  const responseId = `${DCC}:${USER}:${counter(random)}`
  const xml = response({ responseId, body: dccAlertBody('AD1', outage), signature: SIGNATURE })
  return northbound('dcc-alert', xml, false)
}

/** What the DSP answers to a Request at once: taken, outcome to follow. */
export const ACKNOWLEDGEMENT = response({
  requestId: `${USER}:00-DB-12-34-00-00-00-00:1000`,
  code: 'I99',
  body: responseMessage('4.1.1'),
  signature: SIGNATURE,
})

function southbound(sort: MessageSort, xml: string, isStoppedWhenRestricted: boolean): BenchMessage {
  return { sort, target: '/api/v1/serviceS', body: Buffer.from(xml), isStoppedWhenRestricted }
}

function northbound(sort: MessageSort, xml: string, isStoppedWhenRestricted: boolean): BenchMessage {
  return { sort, target: '/', body: Buffer.from(xml), isStoppedWhenRestricted }
}

function requestDocument(random: SeededRandom, target: string, srv: string, body: string, cv = 1): string {
  return request({ srv, cv, target, body, counter: counter(random), signature: SIGNATURE })
}

function counter(random: SeededRandom): string {
  return String(random.between(1e9, 9e9))
}

/** Bytes of a GBCS header: what a payload has beside its content. */
const GBCS_HEADER = 32

function payloadOf(
  random: SeededRandom,
  cra: 'response' | 'alert',
  device: string,
  messageCode: string,
  sizes: readonly { readonly share: number; readonly from: number; readonly to: number }[],
): string {
  const { from, to } = random.choose(sizes)
  const contentBytes = random.between(from, to) - GBCS_HEADER
  return gbcsPayload({ cra, originator: device, target: USER, messageCode, contentBytes })
}

/** The document with as much filler as brings it to about `bytes`; without any when it is that long already. */
function filledTo(
  document: (filler: string) => string,
  bytes: number,
  filler: (bytes: number) => string,
): string {
  const bare = document('')
  return bare.length >= bytes ? bare : document(filler(bytes - bare.length))
}

function base64Text(bytes: number): string {
  const letters = 'MIIBtjCCAVugAwIBAgIQGv8mQyM0hZ3Xp1Kq7cRkTDAKBggqhkjOPQQDAjAbMRkw'
  return letters.repeat(Math.ceil(bytes / letters.length)).slice(0, bytes - (bytes % 4))
}

function tariffElements(bytes: number): string {
  const elements: string[] = []
  for (let index = 1, length = 0; length < bytes; index++) {
    const element = `\n      <sr:Tier><sr:Index>${index}</sr:Index><sr:Price>${1_000 + index}</sr:Price></sr:Tier>`
    elements.push(element)
    length += element.length
  }
  return elements.join('')
}

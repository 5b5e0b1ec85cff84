/** Messages beyond what the gateway holds, made of legal DUIS. */
import { dccRequest, deviceResponse, ESME, responseMessage } from '../fixtures/message.ts'

/** An SRV 11.1 with a firmware image of `imageBytes` base64 characters for `devices` Devices. */
export function firmwareUpdate(imageBytes: number, devices = 2): string {
  const list = Array.from({ length: devices }, (_, i) => euiNumber(i)).join(',')
  return dccRequest({
    srv: '11.1',
    body:
      `<sr:UpdateFirmware><sr:FirmwareImage>${'QUJD'.repeat(imageBytes / 4)}</sr:FirmwareImage>` +
      `<sr:FirmwareVersion>00000001</sr:FirmwareVersion><sr:DeviceIDList>${list}</sr:DeviceIDList></sr:UpdateFirmware>`,
  })
}

/** A Service Response to 4.8.1 whose payload has `payloadBytes` base64 characters. */
export function profileResponse(payloadBytes: number, device = ESME): string {
  const payload = `3wkCAAAAAAAAA+gIANsSNFZ4kKAIkLPVHzABAAAAAgAzAQA${'A'.repeat(payloadBytes)}=`
  return deviceResponse(device, responseMessage('4.8.1', `<sr:GBCSPayload>${payload}</sr:GBCSPayload>`))
}

function euiNumber(n: number): string {
  const hex = n.toString(16).toUpperCase().padStart(6, '0')
  return `00-0D-5C-AA-16-${hex.replace(/(..)(?!$)/g, '$1-')}`
}

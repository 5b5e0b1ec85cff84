/**
 * The largest legal messages: 50,000 Devices in one list, and 14.9 MB of firmware in front of them.
 */
import fc from 'fast-check'
import t from 'tap'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import { dccRequest, ESME } from '../fixtures/message.ts'
import { deviceKey, readCutAt, readInPieces, readWhole } from '../support/plans.ts'

const DEVICES = 50_000
/** 10,240,000 bytes of image, the most the XSD allows, as base64. */
const IMAGE_CHARACTERS = 13_653_336

function numberedDevice(n: number): string {
  const hex = n.toString(16).toUpperCase().padStart(6, '0')
  return `00-0D-5C-AA-16-${hex.slice(0, 2)}-${hex.slice(2, 4)}-${hex.slice(4)}`
}

const allDevices = Array.from({ length: DEVICES }, (_, n) => numberedDevice(n))

function firmware(image: string, list: string): Buffer {
  return Buffer.from(
    dccRequest({
      srv: '11.1',
      body: `<sr:UpdateFirmware><sr:FirmwareImage>${image}</sr:FirmwareImage><sr:FirmwareVersion>0000000A</sr:FirmwareVersion><sr:DeviceIDList>${list}</sr:DeviceIDList></sr:UpdateFirmware>`,
    }),
  )
}

function devicesOf(result: ReturnType<typeof readWhole>): string[] {
  return result.ok ? result.facts.devices.map(formatEui64) : [result.fault.text]
}

t.test('50,000 Devices in one list are all read, in order', async (t) => {
  t.same(devicesOf(readWhole('southbound', firmware('AAAA', allDevices.join(',')))), allDevices)
})

t.test('a list that arrives in pieces is the same list', async (t) => {
  const message = firmware('AAAA', allDevices.slice(0, 5_000).join(','))
  const whole = devicesOf(readWhole('southbound', message))
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: message.length - 1 }), {
    minLength: 1,
    maxLength: 300,
  })
  fc.assert(
    fc.property(cuts, (places) => {
      const pieces = readInPieces(
        'southbound',
        message,
        places.sort((a, b) => a - b),
      )
      return devicesOf(pieces).join() === whole.join()
    }),
    { seed: 11, numRuns: 40 },
  )
  t.equal(whole.length, 5_000)
})

t.test('one Device is found wherever it stands among 50,000', async (t) => {
  for (const place of [0, 25_000, 49_999]) {
    const list = allDevices.with(place, ESME.toLowerCase()).join(',')
    const result = readWhole('southbound', firmware('AAAA', list))
    t.equal(result.ok && result.facts.devices[place], deviceKey(ESME), `at ${place}`)
  }
})

t.test('a Device that stands twice is one Device', async (t) => {
  const list = [...allDevices.slice(0, 1_000), ...allDevices.slice(0, 1_000)].join(',')
  t.equal(devicesOf(readWhole('southbound', firmware('AAAA', list))).length, 1_000)
})

t.test('a list with anything else in it is refused', async (t) => {
  for (const list of [
    '',
    ',',
    `${ESME},`,
    `,${ESME}`,
    `${ESME},,${ESME}`,
    `${ESME}, ${ESME}`,
    `${ESME};${ESME}`,
    `${ESME}0`,
  ]) {
    const result = readWhole('southbound', firmware('AAAA', list))
    t.equal(result.ok ? 'accepted' : result.fault.code, 'DUIS_VALUE', `"${list}"`)
  }
})

t.test('the largest legal firmware message is read', async (t) => {
  const message = firmware('A'.repeat(IMAGE_CHARACTERS), allDevices.join(','))
  t.ok(message.length > 14_850_000, `${message.length} bytes`)
  const start = performance.now()
  const result = readWhole('southbound', message)
  t.comment(
    `figure: ${message.length} bytes with 50,000 Devices read in ${Math.round(performance.now() - start)} ms`,
  )
  t.equal(result.ok && result.facts.devices.length, DEVICES)
  t.same(readCutAt('southbound', message, IMAGE_CHARACTERS), result, 'and in two pieces')
})

t.test('an image with line breaks and white space is read', async (t) => {
  const image = `${'A'.repeat(76)}\r\n`.repeat(20_000)
  t.same(devicesOf(readWhole('southbound', firmware(image, ESME))), [ESME])
})

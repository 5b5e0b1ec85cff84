/**
 * Every way to spell a Device ID, at every place one may stand: the same 64-bit key, or no message.
 *
 * Each spelling is tried with a restricted Device and with a clear one; the verdict must be that of the plain spelling.
 */
import t from 'tap'
import { loadTable } from '../../src/config/load-table.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf, formatEui64 } from '../../src/core/duis/eui64.ts'
import { readEui } from '../../src/core/duis/values.ts'
import { decide } from '../../src/core/policy/decide.ts'
import { DCC, dccRequest, ESME, OTHER_ESME, request, USER } from '../fixtures/message.ts'
import { catalogue, readWhole } from '../support/plans.ts'
import { SPELLINGS } from './device-id-spellings.ts'

interface Position {
  readonly name: string
  readonly isList: boolean
  readonly message: (spelled: string, prolog: string) => string
}

function schedule(deviceId: string, declaration: string): string {
  return dccRequest({
    srv: '5.1',
    declaration,
    body: `<sr:CreateSchedule><sr:DSPScheduledServiceReference>4.16</sr:DSPScheduledServiceReference><sr:DSPScheduledServiceReferenceVariant>4.16</sr:DSPScheduledServiceReferenceVariant><sr:DeviceID>${deviceId}</sr:DeviceID><sr:DSPReadActivePowerImport/></sr:CreateSchedule>`,
  })
}

/** A read by its Header, so that the list decides on something. */
function listed(list: string, declaration: string): string {
  return dccRequest({
    srv: '4.1.1',
    declaration,
    body: `<sr:UpdateFirmware><sr:FirmwareImage/><sr:FirmwareVersion>1</sr:FirmwareVersion><sr:DeviceIDList>${list}</sr:DeviceIDList></sr:UpdateFirmware>`,
  })
}

const POSITIONS: readonly Position[] = [
  {
    name: 'the target of a RequestID',
    isList: false,
    message: (spelled, declaration) =>
      request({
        srv: '4.1.1',
        declaration,
        requestId: `<sr:RequestID>${edgesOf(spelled, (inner) => `${USER}:${inner}:1000`)}</sr:RequestID>`,
        body: '<sr:ReadInstantaneousImportRegisters/>',
      }),
  },
  { name: 'a DeviceID', isList: false, message: schedule },
  {
    name: 'the first of a DeviceIDList',
    isList: true,
    message: (spelled, declaration) => listed(`${spelled},${OTHER_ESME}`, declaration),
  },
  {
    name: 'the last of a DeviceIDList',
    isList: true,
    message: (spelled, declaration) => listed(`${OTHER_ESME},${spelled}`, declaration),
  },
]

/** Keeps outer white space outside of what is put around the ID. */
function edgesOf(spelled: string, around: (inner: string) => string): string {
  const [, before = '', inner = '', after = ''] = /^(\s*)(.*?)((?:\s|&#13;)*)$/s.exec(spelled) ?? []
  return before + around(inner) + after
}

const loaded = await loadTable('policy/recommended.yaml', catalogue)
if (!loaded.ok) throw new Error('the recommended table has faults')
const { table } = loaded

/** The verdict's kind, or the code of the fault. */
function outcome(message: string, isRestricted: boolean): string {
  const result = readWhole('southbound', Buffer.from(message))
  if (!result.ok) return result.fault.code
  const flags = result.facts.devices.map((key) => ({
    state: isRestricted && formatEui64(key) === ESME ? ('restricted' as const) : ('clear' as const),
    type: undefined,
    version: 1,
    ageMs: 0,
    isStale: false,
  }))
  return decide(table, result.facts, flags, instantOf(0)).kind
}

for (const { name: position, isList, message } of POSITIONS) {
  t.test(`a Device ID as ${position}`, async (t) => {
    for (const { name, spell, prolog = '', fault, faultInList } of SPELLINGS) {
      const expectedFault = (isList ? faultInList : undefined) ?? fault
      for (const isRestricted of [true, false]) {
        const plain = isRestricted ? 'reject' : 'forward'
        const title = `${name}, ${isRestricted ? 'restricted' : 'clear'}`
        t.equal(outcome(message(spell(ESME), prolog), isRestricted), expectedFault ?? plain, title)
      }
    }
    t.comment(`figure: ${2 * SPELLINGS.length} of ${2 * SPELLINGS.length} as ${position}`)
  })
}

t.test('a RequestID in the Header is read once', async (t) => {
  const twice = `<sr:RequestID>${USER}:${OTHER_ESME}:1</sr:RequestID><sr:RequestID>${USER}:${ESME}:1</sr:RequestID>`
  const body = '<sr:ReadInstantaneousImportRegisters/>'
  t.equal(outcome(request({ srv: '4.1.1', requestId: twice, body }), true), 'DUIS_STRUCTURE')
})

t.test('an ID of a foreign namespace is never used', async (t) => {
  const foreign = `<x:DeviceID xmlns:x="urn:x">${ESME}</x:DeviceID>`
  const body = `<sr:ReadInventory>${foreign}<sr:DeviceID>${OTHER_ESME}</sr:DeviceID></sr:ReadInventory>`
  const result = readWhole('southbound', Buffer.from(dccRequest({ srv: '8.2', body })))
  t.same(result.ok && result.facts.devices.map(formatEui64), [OTHER_ESME])
})

t.test('the DCC is never a Device, however it is spelled', async (t) => {
  for (const spelled of [DCC, DCC.toLowerCase(), DCC.replace('90', '&#57;0')]) {
    const requestId = `<sr:RequestID>${USER}:${spelled}:1</sr:RequestID>`
    const body = '<sr:ReadInventory><sr:UPRN>1</sr:UPRN></sr:ReadInventory>'
    const result = readWhole('southbound', Buffer.from(request({ srv: '8.2', requestId, body })))
    t.same(result.ok && result.facts.devices, [], spelled)
  }
})

t.test('an EUI with a half of zeros is read', async (t) => {
  for (const [text, high, low] of [
    ['00-00-00-00-00-00-00-01', 0, 1],
    ['90-B3-D5-1F-00-00-00-00', 0x90b3d51f, 0],
    ['00-00-00-00-00-00-00-00', 0, 0],
  ] as const)
    t.equal(readEui(Buffer.from(text), 0), deviceKeyOf(high, low), text)
  t.equal(readEui(Buffer.from('00-00-00-00-00-00-00-0G'), 0), undefined)
  t.equal(readEui(Buffer.from('0G-00-00-00-00-00-00-00'), 0), undefined)
})

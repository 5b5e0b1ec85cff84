/** Messages that probes send: one that a flag stops, and one that nothing ever stops. */
import { ESME, request } from '../../test/fixtures/message.ts'

export { ESME }

/** A read: stopped for a Restricted Device. The counter makes it one of a kind. */
export function readOf(target = ESME, counter = 1): string {
  return request({
    srv: '4.1.1',
    target,
    counter: String(counter),
    body: '<sr:ReadInstantaneousImportRegisters/>',
  })
}

/** A supply message: passes whatever the flag. */
export function disableSupply(target = ESME, counter = 1): string {
  return request({ srv: '7.2', target, counter: String(counter), body: '<sr:DisableSupply/>' })
}

/** A change of tenancy: passes whatever the flag, and a row observes it. */
export function changeOfTenancy(target = ESME, counter = 1): string {
  return request({
    srv: '3.2',
    target,
    counter: String(counter),
    body: '<sr:RestrictAccessForChangeOfTenancy/>',
  })
}

/** A top-up: passes whatever the flag, and a row observes it. */
export function topUp(target = ESME, counter = 1): string {
  return request({ srv: '2.2', target, counter: String(counter), body: '<sr:TopUpDevice/>' })
}

/** Whether the message is `readOf` that Device. */
export function isReadOf(body: Buffer, target: string): boolean {
  const text = String(body)
  return text.includes(target) && text.includes('ReadInstantaneous')
}

/** The Device of a number, as an EUI. */
export function deviceOf(number: number): string {
  const hex = number.toString(16).toUpperCase().padStart(8, '0')
  return `00-0D-5C-AA-${(hex.match(/../g) ?? []).join('-')}`
}

/** The counters in messages that an upstream was sent, in order. */
export function countersOf(bodies: Iterable<Buffer>): number[] {
  return [...bodies].map((body) => Number(/:(\d+)<\/sr:RequestID>/.exec(String(body))?.[1]))
}

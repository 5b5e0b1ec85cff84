import fc from 'fast-check'
import t from 'tap'
import { mpanCheckDigit, readMpxn } from '../../src/core/restriction/mpxn.ts'

t.test('reads an MPAN whose check digit was worked out by hand', async (t) => {
  // 1·3 + 2·5 + 1·43 = 56, 56 mod 11 = 1
  t.match(readMpxn('1200000000011'), { ok: true, mpxn: '1200000000011', fuel: 'electricity' })
  // 1·3 + 2·5 + 2·43 = 99, 99 mod 11 = 0
  t.match(readMpxn('1200000000020'), { ok: true })
  // 1·3 + 2·5 + 3·43 = 142, 142 mod 11 = 10, 10 mod 10 = 0
  t.match(readMpxn('1200000000030'), { ok: true })
})

t.test('reads an MPAN in the groups in which bills print it', async (t) => {
  t.match(readMpxn(' 12 0000 0000 011 '), { ok: true, mpxn: '1200000000011' })
})

t.test('names the check digit that an MPAN would need', async (t) => {
  const reading = readMpxn('1200000000012')
  t.equal(reading.ok, false)
  t.match(reading, { text: /check digit .* is 2 and would have to be 1/ })
})

t.test('takes the last 13 digits of a full MPAN for what is meant', async (t) => {
  t.match(readMpxn('008011001200000000011'), { ok: false, text: /last 13 digits, 1200000000011/ })
})

t.test('reads an MPRN of six to ten digits', async (t) => {
  for (const mprn of ['123456', '7400000001']) t.match(readMpxn(mprn), { ok: true, mpxn: mprn, fuel: 'gas' })
  for (const wrong of ['12345', '74000000012', '']) t.equal(readMpxn(wrong).ok, false)
})

t.test('takes nothing but digits for a number, and shows little of a stray text', async (t) => {
  const reading = readMpxn(`${'x'.repeat(500)}@example.org`)
  t.equal(reading.ok, false)
  t.ok(!reading.ok && reading.text.length < 120)
})

const MPANS = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 })
  .map((digits) => digits.join(''))
  .map((twelve) => twelve + mpanCheckDigit(twelve))

t.test('accepts every MPAN with its check digit, and no other last digit', async () => {
  fc.assert(
    fc.property(MPANS, fc.integer({ min: 1, max: 9 }), (mpan, shift) => {
      const other = (Number(mpan.at(-1)) + shift) % 10
      return readMpxn(mpan).ok && !readMpxn(mpan.slice(0, -1) + other).ok
    }),
  )
})

t.test('the check digit follows the published scheme, worked out a second way', async () => {
  const primes = [3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43]
  fc.assert(
    fc.property(MPANS, (mpan) => {
      let sum = 0
      for (let place = 0; place < 12; place++) sum += Number(mpan.charAt(place)) * (primes[place] ?? 0)
      return String(sum % 11).slice(-1) === mpan.at(-1)
    }),
  )
})

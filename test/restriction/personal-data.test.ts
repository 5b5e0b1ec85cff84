import t from 'tap'
import { looksPersonal } from '../../src/core/restriction/declaration.ts'

for (const text of [
  'jo.bloggs@example.org',
  'rang 07700 900123 on Monday',
  '+44 7700 900123',
  '(020) 7946 0958',
  'MPAN 1200000000011',
  '12 0000 0000 011',
  '7400000001',
  'see 1234567',
]) {
  t.test(`takes "${text}" for personal data`, async (t) => t.equal(looksPersonal(text), true))
}

for (const text of [
  'CASE-4711',
  'CRM-2027-01-15-0042',
  'INC-204711',
  'REF/2027/00012',
  'letter of 12 May',
  '',
]) {
  t.test(`takes "${text}" for a reference`, async (t) => t.equal(looksPersonal(text), false))
}

/**
 * Keeps personal data out of free references. It catches what people paste by mistake, not what somebody hides on
 * purpose: names and postcodes are not looked for.
 */

const E_MAIL = /[^\s@]+@[^\s@]+\.[^\s@]+/
/** A British number with its leading 0 or +44 and nine or ten digits more, however they are grouped. */
const PHONE = /(?:\+\s?44|(?<![\w-])\(?0)[\s().-]*(?:\d[\s().-]*){9,10}(?!\d)/
/** Long enough for an MPAN, an MPRN of today or a phone number; references with letters rarely run so long. */
const LONG_DIGIT_RUN = /\d{9,}/
/** An MPAN in the groups in which bills print it. */
const GROUPED_MPAN = /(?<!\d)\d{2}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3}(?!\d)/
/** Six to ten digits that stand alone: an MPRN. `CASE-204711` is a reference. */
const BARE_MPRN = /(?<!\S)\d{6,10}(?!\S)/

/** Whether the text holds something like an e-mail address, a phone number or a meter point number. */
export function looksPersonal(text: string): boolean {
  return [E_MAIL, PHONE, LONG_DIGIT_RUN, GROUPED_MPAN, BARE_MPRN].some((pattern) => pattern.test(text))
}

/**
 * The official XSD V5.1 as a judge: of the fixtures, of the templates, and of the catalogue's Device paths.
 */
import t from 'tap'
import { allFixtures } from '../fixtures/all.ts'
import { officialSchemaCheck } from '../support/official-xsd.ts'
import { readWhole } from '../support/plans.ts'
import { duisTemplates } from '../support/templates.ts'

/** Valid in V5.4 and not in V5.1. */
const SINCE_LATER_VERSIONS: Record<string, string> = {
  'northbound/wan-matrix-with-nested-request.xml': 'V5.4 changes DSPWANMatrixResponse',
  'southbound/trap-58-later-version-schedule.xml': 'V5.4 lets 4.2 be scheduled',
}

/** Refused by the gateway though V5.1 accepts them. */
const STRICTER_THAN_THE_XSD: Record<string, string> = {
  'malformed/trap-51-doctype.xml': 'the XSD cannot forbid a DOCTYPE',
  'malformed/trap-51-external-entity.xml': 'the XSD cannot forbid a DOCTYPE',
  'malformed/trap-51-parameter-entity.xml': 'the XSD cannot forbid a DOCTYPE',
  'malformed/trap-17-declared-iso-8859-1.xml': 'UTF-8 only',
  'malformed/trap-18-utf-16-little-endian.bin': 'UTF-8 only',
  'malformed/trap-18-utf-16-big-endian.bin': 'UTF-8 only',
  'malformed/trap-18-utf-16-without-mark.bin': 'UTF-8 only',
  'malformed/trap-52-too-many-prefixes.xml': 'beyond a limit',
  'malformed/version-1.1.xml': 'XML 1.0 only',
  'malformed/trap-31-root-request-id.xml': 'a root of the XSD that is no message',
  'malformed/trap-31-root-s1sp-alert.xml': 'a root of the XSD that is no message',
  'malformed/response-southbound.xml': 'each listener accepts its own root',
  'malformed/request-northbound.xml': 'each listener accepts its own root',
}

const check = officialSchemaCheck()
t.teardown(() => check?.dispose())
const skip = check ? false : '@smartdcc/duis-sign-wrap is not installed'

t.test('an accepted fixture is valid, or says why not', { skip }, async (t) => {
  for (const { path, bytes, expected, beyondXsd } of allFixtures) {
    if ('fault' in expected) continue
    const isExcused = beyondXsd !== undefined || path in SINCE_LATER_VERSIONS
    t.equal(check?.validate(bytes) !== undefined, isExcused, path)
  }
})

t.test('a refused fixture is invalid, or there is a stated reason to be stricter', { skip }, async (t) => {
  for (const { path, bytes, expected } of allFixtures) {
    if (!('fault' in expected)) continue
    t.equal(check?.validate(bytes) === undefined, path in STRICTER_THAN_THE_XSD, path)
  }
})

const templates = duisTemplates()

t.test(
  'all 297 templates are valid and are read',
  { skip: skip || (templates.length === 0 && '@smartdcc/duis-templates is not installed') },
  async (t) => {
    t.equal(templates.length, 297)
    for (const { name, bytes } of templates) {
      t.equal(check?.validate(bytes), undefined, `${name} is valid`)
      t.ok(readWhole('southbound', bytes).ok, `${name} is read`)
    }
  },
)

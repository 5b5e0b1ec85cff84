/** `validate`: both engines, schemas as they are published, and what is told when something is missing. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { duisgate, jsonLines, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** A schema like the published ones: an import whose name has spaces, and a DOCTYPE that lives on the web. */
mkdirSync(join(folder, 'xsd'))
writeFileSync(
  join(folder, 'xsd/Main Schema V1.xsd'),
  `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:b="urn:b" targetNamespace="urn:a">
  <xs:import namespace="urn:b" schemaLocation="Second Schema V1.xsd"/>
  <xs:import namespace="urn:c" schemaLocation="http://example.invalid/third.xsd"/>
  <xs:element name="a"><xs:complexType><xs:sequence><xs:element ref="b:b"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>`,
)
writeFileSync(
  join(folder, 'xsd/Second Schema V1.xsd'),
  `<?xml version="1.0"?>
<!DOCTYPE xs:schema PUBLIC "-//W3C//DTD XMLSchema 200102//EN" "http://example.invalid/XMLSchema.dtd" [ <!ENTITY % p ''> ]>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b"><xs:element name="b" type="xs:int"/></xs:schema>`,
)
writeFileSync(
  join(folder, 'xsd/third.xsd'),
  '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:c"/>',
)
writeFileSync(join(folder, 'good.xml'), '<a xmlns="urn:a"><b xmlns="urn:b">1</b></a>')
writeFileSync(join(folder, 'bad.xml'), '<a xmlns="urn:a"><b xmlns="urn:b">one</b></a>')
writeFileSync(join(folder, 'broken.xml'), '<a xmlns="urn:a">')
const XSD = ['--xsd', 'xsd/Main Schema V1.xsd']

async function eachEngine(t: Test, engine: string): Promise<void> {
  const { code, stdout } = await duisgate(
    ['validate', 'good.xml', 'bad.xml', 'broken.xml', ...XSD, '--engine', engine, '--json'],
    { folder },
  )
  t.equal(code, 1)
  const lines = jsonLines<{ source: string; valid: boolean; problems: string[] }>(stdout)
  t.same(
    lines.map(({ valid }) => valid),
    [true, false, false],
  )
  t.match(lines[1]?.problems.join(), /one/)
  t.equal((await duisgate(['validate', 'good.xml', ...XSD, '--engine', engine], { folder })).code, 0)
}

writeFileSync(
  join(folder, 'entity.xml'),
  '<!DOCTYPE a [<!ENTITY e "1">]><a xmlns="urn:a"><b xmlns="urn:b">&e;</b></a>',
)
writeFileSync(join(folder, 'unknown.xml'), '<a xmlns="urn:a"><b xmlns="urn:b">&e;</b></a>')
writeFileSync(
  join(folder, 'outside.xml'),
  '<!DOCTYPE a [<!ENTITY e SYSTEM "bad.xml">]><a xmlns="urn:a">&e;</a>',
)

t.test('a document with an entity is named, and those after it are validated', async (t) => {
  const names = ['entity.xml', 'unknown.xml', 'outside.xml', 'bad.xml', 'good.xml']
  const { code, stdout } = await duisgate(['validate', ...names, ...XSD], { folder })
  t.equal(code, 1)
  t.match(stdout, /^entity\.xml: .*entity/m)
  t.match(stdout, /^unknown\.xml: line 1: Entity 'e' not defined/m)
  t.match(stdout, /^outside\.xml: .*entity/m)
  t.match(stdout, /^bad\.xml: /m)
  t.match(stdout, /^5 messages, 4 invalid$/m)
})

t.test('libxml2 validates with schemas as they are published', (t) => eachEngine(t, 'libxml2'))

const hasJava = spawnSync('java', ['-version']).status === 0
t.test('Xerces reads nothing that a DOCTYPE names', { skip: !hasJava && 'no java' }, async (t) => {
  const files = ['outside.xml', 'good.xml']
  const { code, stdout } = await duisgate(['validate', ...files, ...XSD, '--engine', 'xerces'], { folder })
  t.match({ code, stdout }, { code: 1, stdout: /^outside\.xml: it has a DOCTYPE.*\n2 messages, 1 invalid$/m })
})

t.test('Xerces agrees', { skip: !hasJava && 'no java' }, (t) => eachEngine(t, 'xerces'))

/** What the envelope of a later version has and that of today's has not. */
const LATER_ENVELOPE = [
  'fixtures/southbound/trap-58-later-version-header-element-of-a-known-name.xml',
  'fixtures/southbound/trap-58-later-version-header-elements.xml',
  'fixtures/southbound/trap-58-later-version-root-element.xml',
  'fixtures/northbound/trap-24-decoy-in-a-signature-of-a-later-element.xml',
  'fixtures/northbound/trap-58-later-version-element-beside-a-safety-alert.xml',
  'fixtures/northbound/trap-58-later-version-header-element-of-a-safety-alert.xml',
  'fixtures/northbound/trap-58-later-version-of-a-safety-alert.xml',
  'fixtures/northbound/trap-58-later-version-of-an-alert-that-might-be-anything.xml',
  'fixtures/northbound/trap-58-later-version-of-an-alert-with-a-billing-payload.xml',
  'fixtures/northbound/trap-58-later-version-of-an-answer.xml',
  'fixtures/northbound/trap-58-later-version-root-element-before-a-safety-alert.xml',
]

t.test(
  'the envelope schema finds exactly the fixtures with an envelope of a later version invalid',
  async (t) => {
    const { code, stdout } = await duisgate(['validate', 'fixtures/southbound', 'fixtures/northbound'])
    t.equal(code, 1)
    const invalid = [...stdout.matchAll(/^(fixtures\/\S+\.xml): /gm)].map(([, name = '']) => name)
    t.same(invalid, LATER_ENVELOPE)
  },
)

t.test('a schema that is missing, also one that is imported, is told with what to do', async (t) => {
  t.match(await duisgate(['validate', 'good.xml', '--xsd', 'none.xsd'], { folder }), {
    code: 2,
    stderr:
      /cannot read the schema .*none\.xsd \(there is no such file or folder, ENOENT\); put every schema/,
  })
  rmSync(join(folder, 'xsd/third.xsd'))
  t.match(await duisgate(['validate', 'good.xml', ...XSD], { folder }), {
    code: 2,
    stderr: /third\.xsd \(there is no such file or folder, ENOENT\)/,
  })
  t.match(await duisgate(['validate', 'good.xml', '--xsd', 'good.xml'], { folder }), {
    code: 2,
    stderr: /the schema cannot be used/,
  })
})

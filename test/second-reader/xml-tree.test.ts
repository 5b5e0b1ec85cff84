/** What fast-xml-parser leaves out or takes otherwise than XML does, and the tree must have right all the same. */
import t from 'tap'
import { treeOf, type XmlElement } from '../../src/second-reader/xml-tree.ts'

function tree(text: string): XmlElement {
  return treeOf(Buffer.from(text))
}

function textOf(text: string): string {
  return tree(text).text
}

t.test('text is text: no numbers, no trimming, no entities of HTML', async (t) => {
  t.equal(textOf('<a>4.10</a>'), '4.10')
  t.equal(textOf('<a>0x10</a>'), '0x10')
  t.equal(textOf('<a> true\n</a>'), ' true\n')
  t.throws(() => tree('<a>&nbsp;</a>'), { name: 'NoTree' })
})

t.test('references are resolved once, and not in CDATA', async (t) => {
  t.equal(textOf('<a>&#x38;&#70;&lt;&amp;#49;&quot;&apos;&gt;</a>'), '8F<&#49;"\'>')
  t.equal(textOf('<a>4<![CDATA[&#46;]]>1</a>'), '4&#46;1')
  t.equal(textOf('<a>&#0000056;&#x0000046;</a>'), '8F')
  t.throws(() => tree('<a>&#x110000;</a>'), { name: 'NoTree' })
})

t.test('comments and instructions part no value, whatever stands in them', async (t) => {
  t.equal(textOf('<a>7.1<!-- <b>"\' -->0</a>'), '7.10')
  t.equal(textOf('<?x don\'t?><a>7.1<?y "?>0</a><!-- & -->'), '7.10')
  t.equal(textOf('<a><![CDATA[<!-- 1 --><?x?>]]></a>'), '<!-- 1 --><?x?>')
})

t.test('names that objects have are names', async (t) => {
  const names = ['constructor', '__proto__', 'prototype', 'hasOwnProperty', 'toString']
  const { children } = tree(
    `<a>${names.map((name) => `<${name} ${name}="1"/><${name}>x</${name}>`).join('')}</a>`,
  )
  t.same(
    children.map(({ localName }) => localName),
    names.flatMap((name) => [name, name]),
  )
  t.same(
    children.map(({ text }) => text),
    names.flatMap(() => ['', 'x']),
  )
  t.equal(children[0]?.attributes.get('constructor'), '1')
})

t.test('namespaces go by URI, from where they are declared', async (t) => {
  const { namespace, children } = tree(
    '<p:a xmlns:p="urn:&#49;"><p:b/><p:b xmlns:p=\'urn:2\'/><c xmlns="urn:3"><d xmlns=""/><e/></c><f/></p:a>',
  )
  t.equal(namespace, 'urn:1')
  t.same(
    children.map((child) => child.namespace),
    ['urn:1', 'urn:2', 'urn:3', ''],
  )
  t.same(
    children[2]?.children.map((child) => child.namespace),
    ['', 'urn:3'],
  )
  t.throws(() => tree('<p:a/>'), { name: 'NoTree' })
})

t.test('characters that JavaScript takes for white space are parts of names', async (t) => {
  for (const character of ['\u1680', '\uFEFF']) {
    const { localName, namespace } = tree(`<p${character}:a${character} xmlns:p${character}="urn:1"/>`)
    t.same([localName, namespace], [`a${character}`, 'urn:1'])
  }
})

t.test('tags in every spelling', async (t) => {
  const { children, attributes } = tree('<a\n x = "1>2/"\ty=\'"\'><b\t/><c></c\n><d a="/"></d></a >')
  t.same([attributes.get('x'), attributes.get('y')], ['1>2/', '"'])
  t.same(
    children.map(({ localName }) => localName),
    ['b', 'c', 'd'],
  )
})

t.test('lines end as XML has it, and a byte order mark is none of the text', async (t) => {
  t.equal(textOf('\uFEFF<a>1\r\n2\r3&#13;</a>'), '1\n2\n3\r')
})

t.test('what is no document of one root in UTF-8 without DOCTYPE is no tree', async (t) => {
  for (const text of ['', 'x', '<a/><b/>', '<!DOCTYPE a><a/>', '<a>&x;</a>', '<a', '<!-- <a/>'])
    t.throws(() => tree(text), { name: 'NoTree' }, text)
  t.throws(() => treeOf(Buffer.from('<a>\u00e9</a>', 'latin1')), { name: 'NoTree' })
  t.equal(textOf('<a><![CDATA[<!DOCTYPE a>]]></a>'), '<!DOCTYPE a>')
})

t.test('text goes around children', async (t) => {
  t.equal(textOf('<a>1<b>2</b>3</a>'), '1 3')
})

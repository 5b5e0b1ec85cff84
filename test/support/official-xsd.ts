/**
 * Validators of the official DUIS XSD: of V5.1, taken from the jar of @smartdcc/duis-sign-wrap (GPL-3.0, tests only),
 * and of any version whose files are at hand.
 *
 * Two repairs make libxml2 load them: the DOCTYPE of the xmldsig schema goes (it names an address), and the MMC schema
 * of the jar gets a name without spaces.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmlBufferInputProvider, XmlDocument, XsdValidator, xmlRegisterInputProvider } from 'libxml2-wasm'
import { readZipEntry } from './zip.ts'

const jar = join(import.meta.dirname, '../../node_modules/@smartdcc/duis-sign-wrap/dist/tool.jar')

/** Why tests that need the official XSD cannot run here; false when they can. */
export const withoutOfficialXsd: string | false = existsSync(jar)
  ? false
  : '@smartdcc/duis-sign-wrap is not installed'

const FILES = {
  'duis-5.1.xsd': 'DUIS Schema V5.1.xsd',
  'mmc-5.1.xsd': 'MMC Schema V5.1.xsd',
  'xmldsig-core-schema.xsd': 'xmldsig-core-schema.xsd',
} as const

const DOCTYPE = /<!DOCTYPE[^[>]*(\[[\s\S]*?\])?\s*>/
const DUIS = /targetNamespace="http:\/\/www\.dccinterface\.co\.uk\/ServiceUserGateway"/

/** Every schema file under the name it is loaded by; undefined when the package is not installed. */
export function officialSchemas(): Map<string, string> | undefined {
  if (!existsSync(jar)) return undefined
  const archive = readFileSync(jar)
  return new Map(
    Object.entries(FILES).map(([name, entry]) => [
      name,
      readZipEntry(archive, entry).toString('utf8').replaceAll('MMC Schema V5.1.xsd', 'mmc-5.1.xsd'),
    ]),
  )
}

export interface SchemaCheck {
  /** The first fault as libxml2 words it; undefined when the document is valid. */
  validate(bytes: Uint8Array): string | undefined
  dispose(): void
}

/** The validator of V5.1; undefined when the package is not installed. */
export function officialSchemaCheck(): SchemaCheck | undefined {
  const schemas = officialSchemas()
  return schemas && schemaCheck(schemas)
}

/** A validator of schema files by name, as `officialSchemas` gives them. */
export function schemaCheck(schemas: ReadonlyMap<string, string>): SchemaCheck {
  const files = [...schemas].map(([name, text]) => [name, text.replace(DOCTYPE, '')] as const)
  const [name, duis] = files.find(([, text]) => DUIS.test(text)) ?? []
  if (name === undefined || duis === undefined) throw new Error('none of the schemas is the one of DUIS')
  // libxml2 keeps what it has read by name.
  const folder = `/xsd/${createHash('sha256').update(duis).digest('hex')}`
  const entries = files.map(([file, text]) => [`${folder}/${file}`, Buffer.from(text)])
  xmlRegisterInputProvider(new XmlBufferInputProvider(Object.fromEntries(entries)))
  const schema = XmlDocument.fromString(duis, { url: `${folder}/${name}` })
  const validator = XsdValidator.fromDoc(schema)
  return {
    validate: (bytes) => firstFault(validator, bytes),
    dispose() {
      validator.dispose()
      schema.dispose()
    },
  }
}

function firstFault(validator: XsdValidator, bytes: Uint8Array): string | undefined {
  let document: XmlDocument | undefined
  try {
    document = XmlDocument.fromBuffer(bytes)
    validator.validate(document)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error)
  } finally {
    document?.dispose()
  }
}

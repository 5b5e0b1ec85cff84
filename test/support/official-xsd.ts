/**
 * The official DUIS XSD V5.1 as a validator, taken from the jar of @smartdcc/duis-sign-wrap (GPL-3.0, tests only).
 *
 * Two repairs make libxml2 load it: the DOCTYPE of the xmldsig schema goes (it names an address), and the MMC schema
 * gets a name without spaces.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmlBufferInputProvider, XmlDocument, XsdValidator, xmlRegisterInputProvider } from 'libxml2-wasm'
import { readZipEntry } from './zip.ts'

const jar = join(import.meta.dirname, '../../node_modules/@smartdcc/duis-sign-wrap/dist/tool.jar')

const FILES = {
  'duis-5.1.xsd': 'DUIS Schema V5.1.xsd',
  'mmc-5.1.xsd': 'MMC Schema V5.1.xsd',
  'xmldsig-core-schema.xsd': 'xmldsig-core-schema.xsd',
} as const

/** Every schema file under the name it is loaded by; undefined when the package is not installed. */
export function officialSchemas(): Map<string, string> | undefined {
  if (!existsSync(jar)) return undefined
  const archive = readFileSync(jar)
  return new Map(Object.entries(FILES).map(([name, entry]) => [name, repaired(readZipEntry(archive, entry))]))
}

function repaired(schema: Buffer): string {
  return schema
    .toString('utf8')
    .replace(/<!DOCTYPE[^[>]*(\[[\s\S]*?\])?\s*>/, '')
    .replaceAll('MMC Schema V5.1.xsd', 'mmc-5.1.xsd')
}

export interface SchemaCheck {
  /** The first fault as libxml2 words it; undefined when the document is valid. */
  validate(bytes: Uint8Array): string | undefined
  dispose(): void
}

/** The validator; undefined when the package is not installed. */
export function officialSchemaCheck(): SchemaCheck | undefined {
  const schemas = officialSchemas()
  if (!schemas) return undefined
  const provider = new XmlBufferInputProvider(
    Object.fromEntries([...schemas].map(([name, text]) => [`/xsd/${name}`, Buffer.from(text)])),
  )
  xmlRegisterInputProvider(provider)
  const schema = XmlDocument.fromString(schemas.get('duis-5.1.xsd') ?? '', { url: '/xsd/duis-5.1.xsd' })
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

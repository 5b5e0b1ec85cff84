/** XSD validators for `duisgate validate`: libxml2 in process, Xerces through Java beside it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  XmlBufferInputProvider,
  XmlDocument,
  XmlError,
  XmlLibError,
  XsdValidator,
  xmlCleanupInputProvider,
  xmlRegisterInputProvider,
} from 'libxml2-wasm'
import { ROOT_SCHEMA, type SchemaSet } from './schema-set.ts'
import { CommandError, EXIT, usageError } from './terminal.ts'

/** Checks documents against one schema, which is loaded once. */
interface XmlValidator {
  /** Everything that is wrong, in document order; empty for a valid document. */
  problemsOf(bytes: Uint8Array): Promise<string[]>
  close(): Promise<void>
}

/** The engines by the name that `--engine` takes. */
export const ENGINES = { libxml2: openLibxml2, xerces: openXerces } as const
export type EngineName = keyof typeof ENGINES

const FOLDER = 'schema'

async function openLibxml2(schemas: SchemaSet): Promise<XmlValidator> {
  const schema = loadSchema(schemas)
  const validator = schema.validator
  return {
    async problemsOf(bytes) {
      try {
        using document = XmlDocument.fromBuffer(bytes)
        return problemsIn(document, validator)
      } catch (error) {
        return linesOf(error)
      }
    },
    async close() {
      validator.dispose()
      schema.document.dispose()
    },
  }
}

/** What the engine says without a place is said of references to entities: they parse, and it does not validate them. */
function problemsIn(document: XmlDocument, validator: XsdValidator): string[] {
  try {
    validator.validate(document)
    return []
  } catch (error) {
    if (error instanceof XmlLibError) return linesOf(error)
    if (error instanceof XmlError)
      return [`it refers to an entity that its DTD declares, which cannot be validated (${error.message})`]
    throw error
  }
}

function loadSchema(schemas: SchemaSet): { document: XmlDocument; validator: XsdValidator } {
  const encoder = new TextEncoder()
  const buffers = [...schemas].map(([name, text]) => [`${FOLDER}/${name}`, encoder.encode(text)] as const)
  xmlRegisterInputProvider(new XmlBufferInputProvider(Object.fromEntries(buffers)))
  try {
    const document = XmlDocument.fromString(schemas.get(ROOT_SCHEMA) ?? '', {
      url: `${FOLDER}/${ROOT_SCHEMA}`,
    })
    return { document, validator: XsdValidator.fromDoc(document) }
  } catch (error) {
    throw usageError(`the schema cannot be used: ${linesOf(error).join('; ')}`)
  } finally {
    xmlCleanupInputProvider()
  }
}

function linesOf(error: unknown): string[] {
  if (!(error instanceof XmlLibError)) throw error
  const lines = error.details.map((detail) => `line ${detail.line}: ${detail.message.trim()}`)
  return lines.length > 0 ? lines : [error.message.trim()]
}

async function openXerces(schemas: SchemaSet): Promise<XmlValidator> {
  const { validateXML } = await xercesModule()
  const folder = await mkdtemp(join(tmpdir(), 'duisgate-xsd-'))
  for (const [name, text] of schemas) await writeFile(join(folder, name), text)
  return {
    async problemsOf(bytes) {
      if (namesDoctype(bytes))
        return ['it has a DOCTYPE: Xerces would read what that names, so it is not given to it']
      try {
        const { valid, messages, result } = await validateXML(Buffer.from(bytes), join(folder, ROOT_SCHEMA))
        return valid ? [] : messages.length > 0 ? messages : [result]
      } catch (error) {
        return xercesProblems(error)
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** In UTF-8 or UTF-16. It errs to the safe side: the word may stand in a comment. */
function namesDoctype(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString('latin1').replaceAll('\0', '').includes('<!DOCTYPE')
}

/** xsd-schema-validator throws for invalid documents too; an error without messages is a fault of its own. */
function xercesProblems(error: unknown): string[] {
  if (
    error instanceof Error &&
    'messages' in error &&
    Array.isArray(error.messages) &&
    error.messages.length > 0
  ) {
    return error.messages.map(String)
  }
  throw new CommandError(EXIT.failure, 'Xerces did not run; check that java is on the PATH', { cause: error })
}

async function xercesModule(): Promise<typeof import('xsd-schema-validator')> {
  try {
    return await import('xsd-schema-validator')
  } catch (cause) {
    throw new CommandError(
      EXIT.failure,
      'the xerces engine needs the optional package xsd-schema-validator and a JDK; install a JDK and run npm ci again, or use --engine libxml2',
      { cause },
    )
  }
}

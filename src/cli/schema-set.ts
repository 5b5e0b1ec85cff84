/**
 * Gathers an XSD and everything it includes or imports, in a form that every validator reads offline.
 *
 * Published DUIS schemas import `MMC Schema V5.1.xsd`, whose name is no URI because of its spaces (libxml2 refuses it), and an
 * XMLDSig schema with a DOCTYPE on the web (Xerces would fetch it). So files get plain numbered names and lose the DOCTYPE.
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileFaultText } from '../config/text-file.ts'
import { usageError } from './terminal.ts'

/** Name of the first schema of a set. */
export const ROOT_SCHEMA = '0.xsd'

/** Texts by name; they refer to each other by these names. */
export type SchemaSet = ReadonlyMap<string, string>

/** Reads the schema at `path` and all it refers to. A file that cannot be read is a usage error. */
export async function readSchemaSet(path: string): Promise<SchemaSet> {
  const names = new Map([[resolve(path), ROOT_SCHEMA]])
  const texts = new Map<string, string>()
  for (const [file, name] of names) {
    const text = withoutDoctype(await schemaText(file))
    texts.set(
      name,
      text.replace(LOCATION, (_whole, before: string, location: string) => {
        return `${before}"${nameOf(names, resolve(dirname(file), fileOf(location)))}"`
      }),
    )
  }
  return texts
}

const LOCATION = /((?<![:\w])schemaLocation\s*=\s*)["']([^"']+)["']/g

/** The same file has the same name wherever it is referred to; a new one is read later on. */
function nameOf(names: Map<string, string>, file: string): string {
  const name = names.get(file) ?? `${names.size}.xsd`
  names.set(file, name)
  return name
}

/** A location on the web is looked for beside the schema under its last name. */
function fileOf(location: string): string {
  const isRemote = /^https?:/.test(location)
  return decodeURIComponent(isRemote ? location.slice(location.lastIndexOf('/') + 1) : location)
}

function withoutDoctype(text: string): string {
  return text.replace(/<!DOCTYPE[^[>]*(?:\[[\s\S]*?\]\s*)?>/, '')
}

async function schemaText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw usageError(
      `cannot read the schema ${file} (${fileFaultText(error)}); put every schema that is imported beside the one given`,
    )
  }
}

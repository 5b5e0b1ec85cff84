/** Reads `policy/catalogue/data-items.json` and checks its shape. Only what explains a list reads it, never a gateway. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { DATA_CLASSES, type DataItems, SURENESS } from '../core/catalogue/data-items.ts'
import { DEVICE_TYPES } from '../core/device/device.ts'
import { LOGS_TO_READ } from '../core/duis/facts.ts'
import { CATALOGUE_FOLDER } from './load-catalogue.ts'

export const DATA_ITEMS_FILE = 'data-items.json'

const when = z.strictObject({
  deviceType: z.exactOptional(z.array(z.enum(DEVICE_TYPES)).min(1)),
  logToRead: z.exactOptional(z.enum(LOGS_TO_READ)),
})

const item = z.strictObject({
  of: z.string().min(1),
  path: z.string().min(1),
  type: z.string(),
  until: z.exactOptional(z.string().regex(/^\d\.\d$/)),
  when: z.exactOptional(when),
  classes: z
    .partialRecord(z.enum(DATA_CLASSES), z.enum(SURENESS))
    .refine((classes) => Object.keys(classes).length > 0, 'an item needs a class'),
})

const file = z.strictObject({ schemas: z.record(z.string(), z.string()), items: z.array(item) })

/** Throws when the file is missing or has faults. */
export function loadDataItems(folder: string = CATALOGUE_FOLDER): DataItems {
  const path = join(folder, DATA_ITEMS_FILE)
  const read = file.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (read.success) return read.data
  throw new Error(`the catalogue file ${path} has faults:\n${z.prettifyError(read.error)}`)
}

/**
 * Reads the catalogue's data files from disk, checks their shape and compiles them.
 *
 * A Device Alert lists a GBCS message code only when that code stands for this alert alone: a payload with the code is
 * then known for the alert even if AlertCode says something else. Left out because they stand for several alerts: the
 * generic 1000 and 1001; 0067 (supply restored, with and without three minutes of outage); 00CA to 00CD and 0124
 * (future-dated success and failure); 00CE and 00CF (firmware verified or not); 0128 and 012B (nothing says that they
 * stand for one alert).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import {
  type Catalogue,
  type CatalogueData,
  compileCatalogue,
  OBSERVED_EVENTS,
} from '../core/catalogue/catalogue.ts'
import { DEVICE_TYPES } from '../core/device/device.ts'
import { LOGS_TO_READ } from '../core/duis/facts.ts'

/** Where the shipped catalogue lies, whatever the working directory. */
export const CATALOGUE_FOLDER = fileURLToPath(new URL('../../policy/catalogue/', import.meta.url))

/** Throws when a file is missing, is not JSON, has the wrong shape, or two entries claim the same key. */
export function loadCatalogue(folder: string = CATALOGUE_FOLDER): Catalogue {
  const data: CatalogueData = {
    serviceRequests: readEntries(folder, 'service-requests.json', serviceRequest),
    deviceAlerts: readEntries(folder, 'device-alerts.json', deviceAlert),
    dccAlerts: readEntries(folder, 'dcc-alerts.json', dccAlert),
    dccAlertPayloads: readEntries(folder, 'dcc-alert-payloads.json', dccAlertPayload),
    gbcsMessages: readEntries(folder, 'gbcs-message-codes.json', gbcsMessage),
    events: readEntries(folder, 'events.json', eventCarriers),
  }
  return compileCatalogue(data)
}

function readEntries<Entry>(folder: string, name: string, entry: z.ZodType<Entry>): Entry[] {
  const path = join(folder, name)
  const read = z.array(entry).safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (read.success) return read.data
  throw new Error(`the catalogue file ${path} has faults:\n${z.prettifyError(read.error)}`)
}

const dotted = z.string().regex(/^\d{1,2}(?:\.\d{1,2}){1,2}$/)
const fourHexDigits = z.string().regex(/^[0-9A-F]{4}$/)
const elementPath = z.string().regex(/^[A-Za-z0-9]+(?:\/[A-Za-z0-9]+)*$/)

const devicePath = z.strictObject({
  path: elementPath,
  as: z.enum(['eui', 'eui-list', 'request-target', 'request-originator']),
  swapped: z.exactOptional(z.enum(['oldHub', 'newHub', 'oldProxy', 'newProxy'])),
})

const serviceRequest = z.strictObject({
  srv: dotted,
  serviceReference: dotted,
  name: z.string().min(1),
  critical: z.boolean(),
  bodyElement: elementPath,
  target: z.enum(['device', 'dcc']),
  devicePaths: z.array(devicePath),
  scheduleElement: z.exactOptional(elementPath),
  futureDated: z.enum(['no', 'device', 'dsp', 'dsp-and-device']),
  roles: z.array(z.string()),
})

const deviceAlert = z.strictObject({
  code: fourHexDigits,
  name: z.string().min(1),
  critical: z.exactOptional(z.boolean()),
  messageCodes: z.array(fourHexDigits),
  mmcElement: z.exactOptional(elementPath),
})

const dccAlert = z.strictObject({ code: z.string().regex(/^(?:AD|N)\d{1,3}$/), name: z.string() })

const dccAlertPayload = z.strictObject({
  element: elementPath,
  devicePaths: z.array(devicePath),
  alertCodePaths: z.array(elementPath),
})

const gbcsMessage = z.strictObject({
  code: fourHexDigits,
  name: z.string(),
  srvs: z.array(dotted),
  kinds: z.array(z.enum(['command', 'pre-command', 'response', 'alert'])),
  paymentMode: z.exactOptional(z.enum(['credit', 'prepayment'])),
  deviceTypes: z.exactOptional(z.array(z.enum(DEVICE_TYPES)).min(1)),
  logs: z.exactOptional(z.array(z.enum(LOGS_TO_READ)).min(1)),
})

const eventCarriers = z.strictObject({
  events: z.array(z.enum(OBSERVED_EVENTS)),
  why: z.string().min(1),
  srv: z.array(dotted),
  alert: z.array(fourHexDigits),
  dccAlertPayload: z.array(elementPath),
})

/** Settings of the control plane, which has a process and an address of its own, and of the audit trail. */
import { z } from 'zod'
import { HOUR_MS } from '../core/device/durations.ts'
import { filePath, httpUrl, listen, optionalListen, setting, whole, yesOrNo } from './kinds.ts'
import { serverTlsSchema } from './tls.ts'

export const controlPlaneSchema = z
  .strictObject({
    isOn: yesOrNo(
      true,
      'Whether `serve` starts the control plane beside the gateway; with many gateways on one store, one or two will do.',
    ),
    listen: listen('127.0.0.1:8603', 'Where the page and the API are served.'),
    tls: serverTlsSchema,
    observation: optionalListen(
      'Where /healthz, /readyz and /metrics of the control plane are served, over TLS with `control.tls`; absent: nowhere.',
      '127.0.0.1:8604',
    ),
    origin: setting(httpUrl.optional(), {
      description: 'Where browsers find the page; absent: as their Host header says.',
      accepts: 'an http or https URL',
      example: 'https://flags.example',
    }),
    isSecure: yesOrNo(
      false,
      'Whether browsers reach the page over TLS only, at a proxy in front: Secure cookies and HSTS. Always so with `controlPlane.tls`.',
    ),
    jobsMs: whole(
      'milliseconds',
      100,
      HOUR_MS,
      60_000,
      'How often what has come due is done: clears after N days, hand-overs.',
    ),
  })
  .prefault({})

export const auditSchema = z
  .strictObject({
    checkpointFile: filePath(
      'data/audit-checkpoints.ndjson',
      'Signed ends of the audit chain, one a line. Keep it where whoever writes to the store cannot.',
    ),
    keyFile: filePath(
      'data/audit-key.pem',
      'Ed25519 key of the checkpoints, made when there is none; a public key is enough to verify.',
    ),
  })
  .prefault({})

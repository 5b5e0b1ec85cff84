/**
 * Settings of the control plane, which has a process and an address of its own, of the audit trail, of how often the journal is
 * rolled up, and of how long what reports rest on is kept.
 */
import { z } from 'zod'
import { HOUR_MS } from '../core/device/durations.ts'
import { filePath, listen, ORIGIN_URL, optionalListen, originUrl, setting, whole, yesOrNo } from './kinds.ts'
import { signInSchema } from './sign-in.ts'
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
    origin: setting(originUrl.optional(), {
      description: 'Where browsers find the page; absent: as their Host header says.',
      accepts: ORIGIN_URL,
      example: 'https://flags.example',
    }),
    isSecure: yesOrNo(
      false,
      'Whether browsers reach the page over TLS only, at a proxy in front: Secure cookies and HSTS. Always so with `controlPlane.tls`.',
    ),
    signIn: signInSchema,
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
      'Signed ends of the audit chain, one a line. Keep it where whoever writes to the store cannot; the control plane only reads it.',
    ),
    keyFile: filePath(
      'data/audit-key.pem',
      'Ed25519 key of the checkpoints, made when there is none; a public key is enough to verify.',
    ),
  })
  .prefault({})

export const reportsSchema = z
  .strictObject({
    rollUpMs: whole(
      'milliseconds',
      100,
      24 * HOUR_MS,
      60_000,
      'How often the control plane, or `rollup --follow`, rolls up what the decision journal has gained.',
    ),
  })
  .prefault({})

export const retentionSchema = z
  .strictObject({
    messageMonths: whole(
      'months',
      1,
      240,
      13,
      'Whole months for which `retention` keeps what is known of single messages and Devices: journal files, traffic events, notices that are settled, counts by Device.',
    ),
    auditMonths: whole(
      'months',
      84,
      1_200,
      84,
      'Whole months for which `retention` keeps counts without Devices and leak checks, and past which it names audit entries.',
    ),
  })
  .prefault({})

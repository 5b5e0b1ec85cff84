/** Settings of reports: how often the journal is rolled up, and how long what reports rest on is kept. */
import { z } from 'zod'
import { HOUR_MS } from '../core/device/durations.ts'
import { whole } from './kinds.ts'

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

/**
 * Kills senders of notices at random points, by default 1,000 times, and says what the partner got:
 * `node scripts/notice-kills.ts [kills]`. Exit code 1: something was lost or out of order.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { surviveKills } from '../test/notices/kills.ts'
import { wardedFolder } from '../test/support/warden.ts'

const kills = Number(process.argv[2] ?? 1_000)
const folder = wardedFolder('duisgate-kills-')
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
const report = await surviveKills(
  { teardown: (work) => void closing.push(work) },
  {
    driver: 'sqlite',
    place: join(folder, 'store.db'),
    kills,
    random: Math.random,
    onKill: (left) => {
      if (left > 0 && left % 100 === 0) process.stderr.write(`${left} kills to go\n`)
    },
  },
)
for (const work of closing.reverse()) await work()
process.stdout.write(`${JSON.stringify({ kills, ...report }, undefined, 2)}\n`)
process.exit(report.lost === 0 && report.disordered.length === 0 ? 0 : 1)

// Rebuilds tap's Test class once per install: .taprc drops @tapjs/typescript because Node strips the types itself.
// The marker lives in node_modules, so a fresh install clears it.
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'

const marker = 'node_modules/.tap-built'
if (!existsSync(marker)) {
  const built = spawnSync('tap', ['build'], { stdio: 'inherit' })
  if (built.status !== 0) process.exit(built.status ?? 1)
  writeFileSync(marker, '')
}

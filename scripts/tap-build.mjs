// Rebuilds tap's Test class once per install and list of plugins: .taprc drops @tapjs/typescript because Node strips the types
// itself, and what no test uses. The marker lives in node_modules, so a fresh install clears it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const marker = 'node_modules/.tap-built'
const plugins = readFileSync('.taprc', 'utf8')
  .match(/"!?@tapjs.*"/g)
  .join('\n')
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== plugins) {
  const built = spawnSync('tap', ['build'], { stdio: 'inherit' })
  if (built.status !== 0) process.exit(built.status ?? 1)
  writeFileSync(marker, plugins)
}

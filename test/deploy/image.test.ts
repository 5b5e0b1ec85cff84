/** The image has everything that a gateway needs: what the Dockerfile copies is started as it says, and its health check asked. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { exitOf } from '../support/child-exit.ts'
import { ward } from '../support/warden.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ')
const STAGE = DOCKERFILE.slice(DOCKERFILE.lastIndexOf('\nFROM '))

/** The words of an instruction that is written as a JSON array. */
function wordsOf(instruction: RegExp): string[] {
  const found = instruction.exec(STAGE)?.[1]
  if (found === undefined) throw new Error(`the last stage has no ${instruction}`)
  return JSON.parse(found)
}

/** Variables that are set, with the volume in a folder of the test and every port a free one. */
function environment(data: string): Record<string, string> {
  const line = /^ENV (.*)$/m.exec(STAGE)?.[1] ?? ''
  const set = line.trim().split(/\s+/)
  return Object.fromEntries(
    set.map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      return [name, value.replace(/^\/data/, data).replace(/:86\d\d$/, ':0')]
    }),
  )
}

t.test('what the image copies is enough to start it, ready and in health', async (t) => {
  const app = t.testdir({ data: {} })
  const copied = [...STAGE.matchAll(/^COPY (?!--from)(\S+) \S+$/gm)].map(([, name = '']) => name)
  t.ok(copied.includes('src'))
  for (const name of copied) cpSync(join(ROOT, name), join(app, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'))
  const [, ...command] = [...wordsOf(/^ENTRYPOINT (.*)$/m), ...wordsOf(/^CMD (\[.*)$/m)]
  const env = { PATH: process.env.PATH ?? '', ...environment(join(app, 'data')) }
  const child = ward(spawn(process.execPath, command, { cwd: app, env }))
  t.teardown(() => child.kill('SIGKILL'))
  let control = ''
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, control: address } = JSON.parse(line)
    if (msg === 'listening') {
      control = address
      break
    }
  }
  child.stdout.resume()
  const [, ...check] = wordsOf(/^HEALTHCHECK .*?CMD (\[.*)$/m)
  const healthCheck = () =>
    spawnSync(process.execPath, check, { cwd: app, env: { ...env, DUISGATE_CONTROL_LISTEN: control } })
  t.equal(healthCheck().status, 0, 'healthy')
  child.kill('SIGTERM')
  const [code] = await exitOf(child)
  t.equal(code, 0)
  t.equal(healthCheck().status, 1, 'and not when it is gone')
})

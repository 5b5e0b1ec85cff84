/** The bin as a user starts it: processes, pipes, exit codes, an older Node. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ward } from '../support/warden.ts'
import { BIN, duisgateProcess, ROOT } from './run.ts'

const READ = 'fixtures/southbound/read-import-registers.xml'
const METER = '00-0D-5C-AA-16-9A-00-E1'

t.test('npx duisgate works in a checkout', async (t) => {
  // npm keeps what it compiled in the temporary folder.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' }
  t.match(
    execFileSync('npx', ['duisgate', '--version'], { cwd: ROOT, encoding: 'utf8', env }),
    /^\d+\.\d+\.\d+\n$/,
  )
})

t.test('the exit code is 0 for yes, 1 for no, 2 for usage, 3 for a failure', async (t) => {
  const [help, no, usage, failure] = await Promise.all([
    duisgateProcess(['--help']),
    duisgateProcess(['explain', READ, '--restricted', METER]),
    duisgateProcess(['explian']),
    duisgateProcess(['audit', 'verify', '--store', 'package.json']),
  ])
  t.equal(help.code, 0)
  for (const name of [
    ...['serve', 'demo', 'explain', 'replay', 'check', 'validate', 'devices', 'flag', 'token', 'audit'],
  ])
    t.match(help.stdout, new RegExp(`^ {2}${name} `, 'm'), '--help has every command')
  t.equal(no.code, 1)
  t.equal(usage.code, 2)
  t.match(failure, {
    code: 3,
    stderr: /^duisgate: the store answered with an error while opening .*: file is not a database/,
  })
})

t.test('standard output may be closed early', async (t) => {
  const child = ward(
    spawn(process.execPath, [BIN, 'explain', ...Array.from({ length: 1_000 }, () => READ)], {
      cwd: ROOT,
    }),
  )
  child.stderr.setEncoding('utf8').on('data', (text) => t.fail(text))
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  t.equal(code, 0)
})

const OLDER = '/usr/bin/node'
const olderVersion = existsSync(OLDER)
  ? spawnSync(OLDER, ['--version'], { encoding: 'utf8' }).stdout.trim()
  : ''
const isOlder = /^v(?:1\d|2[0-3])\./.test(olderVersion)

t.test(
  'an older Node hands over to the packaged one',
  { skip: !isOlder && 'no older Node on this machine' },
  async (t) => {
    const { status, stdout } = spawnSync(
      OLDER,
      [join(ROOT, 'bin/duisgate.mjs'), 'explain', READ, '--restricted', METER],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    )
    t.equal(status, 1)
    t.match(stdout, /: reject\n/)
  },
)

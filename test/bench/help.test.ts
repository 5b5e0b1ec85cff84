/** `--help` of every npm script that runs a program of ours with options: it says what each option is called. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

/** What the program takes; empty for one without options. */
function optionsOf(source: string): string[] {
  return [...source.matchAll(/^ +'?([a-z][\w-]*)'?: \{ type: '(?:string|boolean)'/gm)].map(
    ([, name = '']) => name,
  )
}

const programs = Object.entries(scripts).flatMap(([name, command]) => {
  const [, file] = /^node (\S+\.ts)$/.exec(command) ?? []
  const source = file === undefined ? '' : readFileSync(join(ROOT, file), 'utf8')
  return file !== undefined && source.includes('readOptions(') ? [{ name, file, source }] : []
})

t.test('npm scripts with options tell them', async (t) => {
  t.ok(programs.length >= 8, String(programs.length))
  for (const { name, file, source } of programs) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, '--help'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    t.match({ status, stderr }, { status: 0, stderr: '' }, name)
    t.match(stdout, /^[A-Z]/, name)
    t.match(stdout, new RegExp(`npm run ${name} --`), name)
    for (const option of optionsOf(source)) t.match(stdout, `--${option}`, `${name}: --${option}`)
  }
})

t.test('an option that there is not is told in a line', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, ['bench/profile.ts', '--nonsense'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  t.match(
    { status, stderr },
    { status: 2, stderr: /^Unknown option '--nonsense'; --help says what there is\n$/ },
  )
})

/** The completion scripts, each run by its shell where that is installed. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { duisgate } from './run.ts'

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout } = await duisgate(['completion', shell])
  t.equal(code, 0)
  return stdout
}

/** What bash offers for the last of the words. */
async function bashOffers(words: readonly string[]): Promise<string[]> {
  const typed = words.map((word) => `'${word}'`).join(' ')
  const ask = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _duisgate; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = spawnSync('bash', ['-c', `${await scriptFor('bash')}\n${ask}`], { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line !== '')
}

const withoutBash = spawnSync('bash', ['--version']).status === 0 ? false : 'no bash'

t.test('bash completes commands, subcommands and options', { skip: withoutBash }, async (t) => {
  t.same(await bashOffers(['duisgate', 'exp']), ['explain'])
  t.same(await bashOffers(['duisgate', 'audit', 'v']), ['verify'])
  t.same(await bashOffers(['duisgate', 'devices', 'import', '--skip']), ['--skip-bad'])
  t.same(await bashOffers(['duisgate', 'check', '--config', 'duisgate.yaml', '--js']), ['--json'])
})

t.test('zsh and fish get a script of their own', async (t) => {
  t.match(await scriptFor('zsh'), /^#compdef duisgate\n/)
  t.match(await scriptFor('fish'), /^complete -c duisgate -n '__fish_use_subcommand' -a serve$/m)
})

t.test('another shell is refused with the ones that are known', async (t) => {
  const { code, stderr } = await duisgate(['completion', 'tcsh'])
  t.equal(code, 2)
  t.match(stderr, /bash, zsh, fish/)
})

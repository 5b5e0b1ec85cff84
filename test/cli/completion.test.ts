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

/** What fish offers for the last of the words, without descriptions. */
async function fishOffers(line: string): Promise<string[]> {
  const commands = `${await scriptFor('fish')}\ncomplete -C ${JSON.stringify(line)}`
  const { stdout } = spawnSync('fish', ['--no-config', '-c', commands], { encoding: 'utf8' })
  return stdout.split('\n').filter((offer) => offer !== '')
}

const withoutFish = spawnSync('fish', ['--version']).status === 0 ? false : 'no fish'

t.test(
  'fish offers what belongs to the command, and nothing of another',
  { skip: withoutFish },
  async (t) => {
    t.same(await fishOffers('duisgate exp'), ['explain'])
    t.same(await fishOffers('duisgate audit v'), ['verify'])
    t.same(await fishOffers('duisgate devices import --s'), ['--set', '--skip-bad', '--store'])
    t.same(await fishOffers('duisgate flag import --s'), ['--set', '--store'], 'another import')
    t.same(await fishOffers('duisgate devices --s'), [])
    t.same(await fishOffers('duisgate check --config duisgate.yaml --js'), ['--json'])
  },
)

t.test('each line of the fish script counts at one command only, named whole', async (t) => {
  const script = await scriptFor('fish')
  const places = [...script.matchAll(/^complete -c duisgate -n "__duisgate_at '([^']*)'" .*-l skip-bad$/gm)]
  t.same(
    places.map(([, place]) => place),
    ['devices import', 'registrations import'],
  )
  t.notMatch(script, /__fish_seen_subcommand_from/)
})

t.test('zsh gets a script of its own', async (t) => {
  t.match(await scriptFor('zsh'), /^#compdef duisgate\n/)
})

t.test('another shell is refused with the ones that are known', async (t) => {
  const { code, stderr } = await duisgate(['completion', 'tcsh'])
  t.equal(code, 2)
  t.match(stderr, /bash, zsh, fish/)
})

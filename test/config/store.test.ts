/** Where the store is: a path or a PostgreSQL, as one text or in parts, and never a word of it in what is said. */
import t from 'tap'
import { readConfig } from '../../src/config/read-config.ts'
import { isSameDatabase } from '../../src/config/store.ts'

function read(text: string, ...overrides: string[]) {
  const file = { name: 'duisgate.yaml', folder: '/etc/duisgate', text }
  return readConfig({ file, environment: {}, overrides, workingFolder: '/srv' })
}

function storeOf(text: string, ...overrides: string[]) {
  const result = read(text, ...overrides)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const { migrate, ...where } = result.config.store
  t.equal(migrate, 'auto')
  return where
}

function problemsOf(text: string, ...overrides: string[]): string {
  const result = read(text, ...overrides)
  return result.ok ? '' : result.problems.map(({ where, text: said }) => `${where}: ${said}`).join('\n')
}

t.test('it is one text, or a group of which that text is a part', async (t) => {
  t.same(storeOf('{}'), { location: 'data/duisgate.db' })
  t.same(storeOf('store: x.db'), { location: '/etc/duisgate/x.db' })
  t.same(storeOf('store: {location: x.db}'), { location: '/etc/duisgate/x.db' })
  t.same(storeOf('store: x.db', 'store=postgres://h/x', 'store.listen=host=h dbname=x'), {
    location: 'postgres://h/x',
    listen: 'host=h dbname=x',
  })
  t.same(storeOf('store: {location: "host=h1,h2 dbname=x"}'), { location: 'host=h1,h2 dbname=x' })
  t.same(storeOf('store: ./a=b.db'), { location: '/etc/duisgate/a=b.db' })
})

t.test('a text that names no store well is a problem of the configuration, and is not shown', async (t) => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['store: hots=h password=SECRET', /^duisgate\.yaml: store has a keyword .* did you mean host\?/],
    ['store: host=h password=my SECRET', /store is no list of KEYWORD=VALUE/],
    ['store: postgres://jo:SECRET@h1:x,h2/d', /store has something in place of HOST:PORT/],
    ['store: mysql://jo:SECRET@h/d', /store looks like the address of a server/],
    ['store: [postgres://jo:SECRET@h/d]', /store will not do; give the path of a file/],
    ['store: {url: postgres://jo:SECRET@h/d}', /store\.url is not a setting/],
    ['store: {location: postgres://h/d, listen: jo:SECRET@h}', /store\.listen names no PostgreSQL/],
    ['store: {location: x.db, listen: "postgres://jo:SECRET@h/d"}', /store\.listen is for a PostgreSQL/],
  ]
  for (const [text, said] of wrong) {
    t.match(problemsOf(text), said, text)
    t.notMatch(problemsOf(text), /SECRET/, text)
  }
  t.match(problemsOf('{}', 'store=host=h port=SECRET'), /^--set: store has a port/)
})

t.test(
  'other hosts and credentials lead to the same database, another name or schema to another',
  async (t) => {
    const at = (location: string, listen?: string) => ({ location, ...(listen !== undefined && { listen }) })
    const one = at('postgres://jo:old@h1/flags')
    t.ok(isSameDatabase(one, at('host=h1,h2 dbname=flags user=amy password=new')))
    t.notOk(isSameDatabase(one, at('postgres://jo:old@h1/other')))
    t.notOk(isSameDatabase(one, at('postgres://jo:old@h1/flags?options=-c%20search_path%3Dx')))
    t.notOk(isSameDatabase(one, at('postgres://jo:old@h1/flags', 'postgres://h1/flags')))
    t.notOk(isSameDatabase(at('x.db'), at('x.db')))
  },
)

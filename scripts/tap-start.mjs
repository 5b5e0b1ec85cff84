// The start of a test file's process, before tap's own: takes out what tap does there for coverage, for source maps and for
// errors that no case awaits. That costs each file, and each process that it starts, half a second.
import hooks from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'

const { env, execArgv, pid } = process
const isOfTests = (word) => word.includes('@tapjs/processinfo') || word.includes('tap-start.mjs')

// No list of what the test and the processes that it starts have loaded: only coverage and --changed read it.
env._TAPJS_PROCESSINFO_EXCLUDE_ = '/./'
env.__TAPJS_PROCESSINFO_TESTING_NO_REGISTER__ = String(pid)
const others = (env.NODE_OPTIONS?.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? []).filter((word) => !isOfTests(word))
if (others.length > 0) env.NODE_OPTIONS = others.join(' ')
else delete env.NODE_OPTIONS
execArgv.splice(0, execArgv.length, ...execArgv.filter((word) => !isOfTests(word)))

// Node strips types in place: every line and column is that of the source.
process.setSourceMapsEnabled(false)
process.setSourceMapsEnabled = () => {}

// No hook on every promise. An error that no case awaits ends the file, which fails with it, and not its case alone.
hooks.createHook = () => ({ enable() {}, disable() {} })
syncBuiltinESMExports()

/**
 * The same figures counted again from the raw lines, in the plainest way there is: no code of the reports, no store, only the
 * journal's text and what `october.ts` says by hand. Slow and obvious on purpose.
 */
import { regionThen, wasRestricted } from './october.ts'

// biome-ignore lint/suspicious/noExplicitAny: raw lines are looked at as they are written
type Raw = any

export function rawLines(text: string): Raw[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line))
}

/** The lines whose message arrived in that month of UTC. */
export function linesOfMonth(lines: readonly Raw[], year: number, month: number): Raw[] {
  return lines.filter(({ time }) => {
    const then = new Date(time)
    return then.getUTCFullYear() === year && then.getUTCMonth() + 1 === month
  })
}

const count = (lines: readonly Raw[], test: (line: Raw) => boolean): number => lines.filter(test).length

/** Of the SRVs in the journal, those that the list stops; by hand. */
const STOPPABLE = ['4.1.1']

/** One row of the performance report. */
export function performanceRow(lines: readonly Raw[], srv: string, region: string) {
  const own = lines.filter(
    ({ codes, devices, kind, time }) =>
      kind.startsWith('service-') && codes[0] === srv && regionThen(devices[0], time) === region,
  )
  const requests = own.filter(({ kind }) => kind === 'service-request')
  const answers = own.filter(({ kind }) => kind === 'service-response')
  const good = (line: Raw) =>
    line.kind === 'service-request'
      ? line.outcome === 'forwarded' && line.peerStatus === 200 && line.replyCode === 'I0'
      : line.outcome === 'forwarded' && line.responseCode === 'I0'
  const bad = (line: Raw) =>
    line.kind === 'service-request'
      ? line.peerStatus === 500
      : line.outcome === 'forwarded' && line.responseCode === 'E21'
  const stopped = (line: Raw) => line.outcome === 'rejected' || line.outcome === 'withheld'
  const rate = (some: readonly Raw[]) => {
    const all = count(some, (line) => good(line) || bad(line) || stopped(line))
    return all === 0 ? undefined : count(some, good) / all
  }
  const canBeStopped = STOPPABLE.includes(srv)
  const isException = ({ devices, time }: Raw) => canBeStopped && wasRestricted(devices[0], time)
  const plain = own.filter((line) => !isException(line))
  return {
    srv,
    region,
    canBeStopped,
    requests: requests.length,
    sent: count(requests, ({ outcome }) => outcome === 'forwarded'),
    rejected: count(requests, ({ outcome }) => outcome === 'rejected'),
    notSent: count(requests, ({ outcome }) => outcome === 'upstream-failed'),
    succeeded: count(own, good),
    failed: count(own, bad),
    withheld: count(answers, ({ outcome }) => outcome === 'withheld'),
    exceptions: count(requests, isException),
    successRate: rate(own),
    successRateWithoutExceptions: rate(plain),
  }
}

/** What was stopped of one Device between two times, by class. */
export function stoppedOf(lines: readonly Raw[], device: string, from: string, until: string) {
  const own = lines.filter(({ devices, time, outcome }) => {
    const then = Date.parse(time)
    const isStopped = outcome === 'rejected' || outcome === 'withheld'
    return isStopped && devices[0] === device && Date.parse(from) <= then && then < Date.parse(until)
  })
  return [...new Set(own.map((line) => line.class))].sort().map((name) => ({
    class: name,
    rejected: count(own, (line) => line.class === name && line.outcome === 'rejected'),
    withheld: count(own, (line) => line.class === name && line.outcome === 'withheld'),
  }))
}

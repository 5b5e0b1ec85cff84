/** A load run from its first connection to its reports. */
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { errorCode } from '../../config/configuration-fault.ts'
import { fileFaultText } from '../../config/text-file.ts'
import type { Direction } from '../../core/duis/facts.ts'
import { HtmlFile } from '../html-file.ts'
import { CommandError, EXIT, type Terminal, usageError } from '../terminal.ts'
import { Driver, type RunReport } from './driver.ts'
import { GatewayWatch } from './gateway-usage.ts'
import { reachable } from './lean-connection.ts'
import { outgoing } from './outgoing.ts'
import type { LoadOptions, LoadPlan } from './plan.ts'
import type { LoadReport } from './report.ts'
import { reportContent } from './report-page.ts'
import { reportLines } from './report-text.ts'
import { Results } from './results.ts'
import { dueWithin, scheduleOf, secondsOf } from './stages.ts'
import { judge } from './thresholds.ts'
import { startUpstream, type Upstream } from './upstream.ts'

/** Messages that may wait for a connection; what is due beyond that is lost. */
const MOST_WAITING = 100_000
const SAMPLE_MS = 1_000
/** npm and the terminal each pass one Ctrl-C on; a second one within this is the same. */
const SAME_SIGNAL_MS = 500
/** Between progress lines where they are not redrawn, in seconds. */
const REPEAT_SECONDS = 5

export async function runLoad(terminal: Terminal, plan: LoadPlan, options: LoadOptions): Promise<void> {
  const html = await HtmlFile.open(terminal, options.html)
  const out = await jsonFile(terminal, options.out)
  warnOfStrangers(terminal, plan)
  const run = new LoadRun(terminal, plan, options)
  const report = await run.play()
  if (options.json) terminal.print(JSON.stringify(report))
  else for (const line of reportLines(report)) terminal.print(line)
  await out?.writeFile(`${JSON.stringify(report)}\n`)
  await out?.close()
  await html.write('Load on a gateway', () => reportContent(report))
  if (report.thresholds.some(({ isCrossed }) => isCrossed)) terminal.exitWith(EXIT.no)
}

/** Opened before the run, so that a mistyped path does not show at its end. */
async function jsonFile(terminal: Terminal, name: string | undefined) {
  if (name === undefined) return undefined
  return open(resolve(terminal.workingFolder, name), 'w').catch((error: unknown) => {
    throw usageError(`cannot write ${name} (${fileFaultText(error)}); check the path given with --out`)
  })
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/

function warnOfStrangers(terminal: Terminal, { targets }: LoadPlan): void {
  for (const { address } of Object.values(targets))
    if (!LOOPBACK.test(address.host))
      terminal.note(
        `${address.host}:${address.port} is not this machine: send load only to a gateway that is yours to load`,
      )
}

class LoadRun {
  readonly #terminal: Terminal
  readonly #plan: LoadPlan
  readonly #options: LoadOptions
  readonly #results = new Results()
  #isStopped = false
  /** Until a second signal is another one. */
  #sameSignal: NodeJS.Timeout | undefined

  constructor(terminal: Terminal, plan: LoadPlan, options: LoadOptions) {
    this.#terminal = terminal
    this.#plan = plan
    this.#options = options
  }

  async play(): Promise<LoadReport> {
    const { metrics, upstream: listenAt } = this.#options
    const upstream = listenAt && (await startUpstream(listenAt))
    const watch =
      metrics && new GatewayWatch(metrics, metrics.protocol === 'https:' ? this.#plan.tls : undefined)
    try {
      await watch?.begin().catch((error: unknown) => {
        throw unreachable('--metrics', metrics?.host ?? '', error)
      })
      await this.#mustReach()
      return await this.#drive(upstream, watch)
    } finally {
      clearTimeout(this.#sameSignal)
      upstream?.close()
      await watch?.close()
    }
  }

  async #mustReach(): Promise<void> {
    for (const { address, url } of Object.values(this.#plan.targets))
      await reachable(address).catch((error: unknown) => {
        throw unreachable('the target', url.host, error)
      })
  }

  async #drive(upstream: Upstream | undefined, watch: GatewayWatch | undefined): Promise<LoadReport> {
    const { model, messages, targets } = this.#plan
    const directions = Object.keys(targets) as Direction[]
    const lanes = Object.fromEntries(
      directions.map((direction, lane) => [direction, { lane, url: targets[direction]?.url }]),
    ) as Parameters<typeof outgoing>[0]['lanes']
    const driver = new Driver({
      lanes: Object.values(targets).map(({ address }) => address),
      next: outgoing({
        messages,
        lanes,
        rejectCode: this.#options.rejectCode,
        arrivals: upstream?.arrivals,
        onAnswered: (message, outcome, latencyMs) => this.#results.answered(message, outcome, latencyMs),
      }),
      maxConnections: model.connections,
      maxWaiting: MOST_WAITING,
    })
    this.#heedSignals(driver)
    const startedAt = new Date().toISOString()
    const sampling = setInterval(() => void this.#sample(driver, watch), SAMPLE_MS)
    const run = await (model.kind === 'open'
      ? driver.runDue(scheduleOf(model.stages))
      : driver.runClosed(model.connections, { seconds: model.seconds }))
    clearInterval(sampling)
    await this.#sample(driver, watch)
    if (this.#terminal.isInteractive) this.#terminal.overwrite('')
    return this.#report(startedAt, run, upstream, watch && { watch, cpuMicros: await watch.cpuMicros() })
  }

  /** The first signal lets what is under way be answered, a later one does not wait for it. */
  #heedSignals(driver: Driver): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      this.#terminal.onSignal(signal, () => {
        if (!this.#isStopped) this.#stop(driver)
        else if (this.#sameSignal === undefined) driver.abort()
      })
  }

  #stop(driver: Driver): void {
    this.#isStopped = true
    this.#terminal.note('ending: waiting for what is under way')
    this.#sameSignal = setTimeout(() => {
      this.#sameSignal = undefined
      this.#terminal.note('another Ctrl-C ends at once')
    }, SAME_SIGNAL_MS)
    driver.stop()
  }

  async #sample(driver: Driver, watch: GatewayWatch | undefined): Promise<void> {
    const { progress } = driver
    const { model } = this.#plan
    const seconds = progress.elapsedMs / 1_000
    const asked = model.kind === 'open' ? dueWithin(model.stages, seconds) : undefined
    const place = this.#results.endSecond(progress, asked)
    this.#showProgress(seconds, driver)
    const usage = await watch?.usage()
    if (usage) this.#results.noteUsage(place, usage)
  }

  #showProgress(seconds: number, { progress: { answered, lost, waiting } }: Driver): void {
    const { isInteractive } = this.#terminal
    const { samples, wrong, p99 } = this.#results
    if (!isInteractive && samples.length % REPEAT_SECONDS !== 0) return
    const { model } = this.#plan
    const length = model.kind === 'open' ? secondsOf(model.stages) : model.seconds
    const left = Math.max(0, Math.ceil(length - seconds))
    const last = samples.at(-1)
    const text = `${seconds.toFixed(0)} of ${length} s, ${left} s left: ${last?.answered.toLocaleString('en-GB')} in the last second, ${answered.toLocaleString('en-GB')} answered, ${lost} lost, ${wrong} wrong, ${waiting} waiting, p99 ${p99?.toFixed(1) ?? '–'} ms`
    if (isInteractive) this.#terminal.overwrite(text)
    else this.#terminal.note(text)
  }

  #report(
    startedAt: string,
    run: RunReport,
    upstream: Upstream | undefined,
    gateway: { readonly watch: GatewayWatch; readonly cpuMicros: number | undefined } | undefined,
  ): LoadReport {
    const { model, targets, thresholds } = this.#plan
    const { wrong, failed, wrongMessages, samples } = this.#results
    const { sent, answered, failures, lateness, seconds } = run
    const lost = Object.values(failures).reduce((sum, count) => sum + count, 0)
    const cpuMicros = gateway?.cpuMicros
    const report: LoadReport = {
      version: 1,
      startedAt,
      ended: this.#isStopped ? 'interrupted' : 'complete',
      seconds,
      model,
      isCorrectedForCoordinatedOmission: model.kind === 'open',
      targets: Object.fromEntries(Object.entries(targets).map(([name, { url }]) => [name, url.href])),
      mix: this.#options.mix ?? 'sample',
      messages: {
        sent,
        answered,
        lost,
        unfinished: sent - answered - lost,
        wrong,
        failed,
        ...(upstream && { altered: upstream.arrivals.altered }),
      },
      lostBecause: failures,
      latencyMs: this.#results.latencies(),
      ...(model.kind === 'open' && {
        latenessMs: { p50: lateness.p50, p99: lateness.p99, max: lateness.max },
      }),
      outcomes: this.#results.outcomes(),
      wrongMessages,
      ...(gateway &&
        cpuMicros !== undefined &&
        answered > 0 && {
          gateway: {
            cpuMicrosPerMessage: cpuMicros / answered,
            peakMemoryBytes: gateway.watch.peakMemoryBytes,
          },
        }),
      thresholds: [],
      samples,
    }
    return { ...report, thresholds: thresholds.map((threshold) => judge(threshold, report)) }
  }
}

function unreachable(what: string, host: string, error: unknown): CommandError {
  return new CommandError(
    EXIT.failure,
    `${what} ${host} cannot be reached (${errorCode(error)}); is it running?`,
  )
}

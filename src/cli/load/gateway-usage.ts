/** CPU and memory of the gateway while a run lasts, from its `/metrics`, asked once a second. */
import { Agent, request } from 'undici'

/** Since the look before. */
export interface GatewayUsage {
  /** Seconds of CPU time a second; null where the look before failed. */
  readonly cpu: number | null
  readonly memoryBytes: number
}

interface UsageSample {
  readonly atMs: number
  readonly cpuSeconds: number
  readonly memoryBytes: number
}

const PATIENCE_MS = 2_000
const MOST_BYTES = 8_000_000

export class GatewayWatch {
  peakMemoryBytes = 0
  readonly #url: URL
  readonly #agent: Agent
  #first: UsageSample | undefined
  #last: UsageSample | undefined

  /** `tls` is what the listeners take as well: CA, certificate and key. */
  constructor(url: URL, tls: object | undefined) {
    this.#url = url
    this.#agent = new Agent({
      connections: 1,
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
      maxResponseSize: MOST_BYTES,
      connect: { timeout: PATIENCE_MS, ...tls },
    })
  }

  /** Throws when the gateway does not answer with both figures. */
  async begin(): Promise<void> {
    this.#first = this.#last = await this.#look()
  }

  /** Undefined when there is no answer in time. */
  async usage(): Promise<GatewayUsage | undefined> {
    const before = this.#last
    const look = await this.#look().catch(() => undefined)
    this.#last = look
    if (!look) return undefined
    const seconds = before && (look.atMs - before.atMs) / 1_000
    return {
      cpu: before && seconds ? Math.max(0, look.cpuSeconds - before.cpuSeconds) / seconds : null,
      memoryBytes: look.memoryBytes,
    }
  }

  /** CPU time since the beginning, in microseconds; undefined when there is no answer now. */
  async cpuMicros(): Promise<number | undefined> {
    const look = await this.#look().catch(() => undefined)
    return look && this.#first && (look.cpuSeconds - this.#first.cpuSeconds) * 1e6
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }

  async #look(): Promise<UsageSample> {
    const { statusCode, body } = await request(this.#url, { dispatcher: this.#agent })
    const text = await body.text()
    const cpuSeconds = sumIn(text, 'process_cpu_seconds_total')
    const memoryBytes = sumIn(text, 'process_resident_memory_bytes')
    if (cpuSeconds === undefined || memoryBytes === undefined)
      throw new Error(
        `status ${statusCode}, without process_cpu_seconds_total and process_resident_memory_bytes`,
      )
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, memoryBytes)
    return { atMs: performance.now(), cpuSeconds, memoryBytes }
  }
}

/** The sum over the samples of a metric: a gateway of several workers has one for each. Undefined where there is none. */
export function sumIn(exposition: string, metric: string): number | undefined {
  const samples = exposition.matchAll(new RegExp(`^${metric}(?:\\{[^}\\n]*\\})? ([-+.\\deE]+)`, 'gm'))
  const values = [...samples].map(([, value]) => Number(value)).filter(Number.isFinite)
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}

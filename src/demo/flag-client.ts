/** What the demo asks of the control plane, over its API like any client: registrations, set, clear, in force. */
import { request } from 'undici'
import type { SamplePartyId } from './parties.ts'

/** How long a change may take to be in force before the demo says that it is not. */
const PATIENCE_MS = 20_000

interface Flag {
  readonly id: string
  readonly version: number
  readonly propagation: { readonly state: string; readonly inForceAfterMs: number | null }
}

export class FlagClient {
  readonly #api: string
  readonly #tokens: Readonly<Record<SamplePartyId, string>>

  /** `page`: where the control plane is, with a slash at its end. */
  constructor(page: string, tokens: Readonly<Record<SamplePartyId, string>>) {
    this.#api = `${page}api/v1`
    this.#tokens = tokens
  }

  async importRegistrations(csv: string): Promise<void> {
    await this.#ask('OPS', '/registrations', csv, { 'content-type': 'text/csv' })
  }

  /** Sets the flag of a meter point for its Supplier; answers the milliseconds until it was in force everywhere. */
  async restrict(supplier: SamplePartyId, mpxn: string): Promise<number> {
    const body = { mpxn, declaration: declarationOf(new Date()), reference: 'DEMO-1' }
    const { restriction } = (await this.#ask(supplier, '/restrictions', body)) as { restriction: Flag }
    return this.#inForce(supplier, restriction.id)
  }

  /** Clears the flag of a meter point, likewise. */
  async clear(supplier: SamplePartyId, mpxn: string): Promise<number> {
    const { items } = (await this.#ask(supplier, `/restrictions?mpxn=${mpxn}`)) as { items: readonly Flag[] }
    const [flag] = items
    if (!flag) throw new Error(`the meter point ${mpxn} has no flag to clear`)
    const body = { reason: 'consumer-request', reference: 'DEMO-2' }
    await this.#ask(supplier, `/restrictions/${flag.id}/clear`, body, { 'if-match': `"${flag.version}"` })
    return this.#inForce(supplier, flag.id)
  }

  async #inForce(supplier: SamplePartyId, id: string): Promise<number> {
    const path = `/restrictions/${id}?wait=in-force&timeoutMs=${PATIENCE_MS}`
    const { propagation } = (await this.#ask(supplier, path)) as Flag
    if (propagation.inForceAfterMs === null)
      throw new Error(`${id} is ${propagation.state} after ${PATIENCE_MS} ms`)
    return propagation.inForceAfterMs
  }

  async #ask(
    party: SamplePartyId,
    path: string,
    body?: object | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
    const answer = await request(this.#api + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${this.#tokens[party]}`,
        'content-type': 'application/json',
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${path} was answered with ${answer.statusCode}: ${text}`)
    return JSON.parse(text)
  }
}

function declarationOf(today: Date) {
  return {
    steps: ['advice-given', 'alternatives-offered'],
    date: today.toISOString().slice(0, 10),
    evidence: 'DEMO-CASE',
    isLastResort: true,
    isCreditMode: true,
  }
}

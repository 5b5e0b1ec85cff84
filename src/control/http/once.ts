/**
 * Changes that are made once, however often the request comes: the answer to an Idempotency-Key is kept in the
 * transaction of the change itself, so that neither is there without the other, and it outlives a restart.
 *
 * Only success is kept. A request that was refused changed nothing, and may succeed when it is sent again.
 */
import { z } from '@hono/zod-openapi'
import type { Instant } from '../../core/device/device.ts'
import type { RestrictionService } from '../../restrictions/restriction-service.ts'
import type { ControlUnit } from '../../store/control-store.ts'
import type { ControlPorts } from '../control-ports.ts'
import type { Identity } from '../identity.ts'
import { type EndpointResponse, IDEMPOTENCY_HEADER } from './endpoint.ts'
import type { Problem } from './problems.ts'

/** The header, for endpoints that make changes. */
export const idempotencyHeader = z
  .string()
  .regex(/^[\x21-\x7E]{1,200}$/, 'Give 1 to 200 visible ASCII characters without spaces.')
  .optional()
  .openapi({
    description: 'Made by the client, new for every change. A request with the same key is done once.',
    example: 'b7c0ff54-9b5f-4d8e-9d1c-3f0c1f8f1c11',
  })

/** The headers of an endpoint that takes no other. */
export const onceHeaders = z.object({ [IDEMPOTENCY_HEADER]: idempotencyHeader })

/** Of a request that may come again. */
export interface OnceRequest {
  readonly identity: Identity
  readonly fingerprint: string
  readonly key: string | undefined
}

/** Ends the transaction without a trace of the change, with this problem as the answer. */
export class Abandoned extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`the change was abandoned: ${problem.code}`)
    this.name = 'Abandoned'
    this.problem = problem
  }
}

/** Runs `work` in one transaction, or answers with what it answered when the key was used before. */
export async function changeOnce<Content>(
  { store, restrictionsIn, clock }: Pick<ControlPorts, 'store' | 'restrictionsIn' | 'clock'>,
  request: OnceRequest,
  work: (restrictions: RestrictionService, unit: ControlUnit) => Promise<EndpointResponse<Content>>,
): Promise<EndpointResponse<Content>> {
  try {
    return await store.change(async (unit) => {
      const earlier = await answerFrom<Content>(unit, request)
      if (earlier) return earlier
      const answer = await work(restrictionsIn(unit), unit)
      await keep(unit, request, answer, clock.now())
      return answer
    })
  } catch (error) {
    if (error instanceof Abandoned) return { problem: error.problem }
    throw error
  }
}

async function answerFrom<Content>(
  unit: ControlUnit,
  { identity, fingerprint, key }: OnceRequest,
): Promise<EndpointResponse<Content> | undefined> {
  const kept = key === undefined ? undefined : await unit.answers.find(identity.actor.party, key)
  if (!kept) return undefined
  if (kept.requestHash !== fingerprint) return { problem: { code: 'idempotency-key-reused', detail: REUSED } }
  return JSON.parse(kept.answer) as EndpointResponse<Content>
}

const REUSED = 'A different request was made with this key. Use a new key for every change.'

async function keep<Content>(
  unit: ControlUnit,
  { identity, fingerprint, key }: OnceRequest,
  answer: EndpointResponse<Content>,
  at: Instant,
): Promise<void> {
  if (key === undefined || !('content' in answer)) return
  const { party } = identity.actor
  await unit.answers.keep({ party, key, requestHash: fingerprint, answer: JSON.stringify(answer), at })
}

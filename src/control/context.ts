/** What the control plane knows of a request while it is handled. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { Logger } from '../observe/log.ts'
import type { Problem } from './http/problems.ts'
import type { Identity } from './identity.ts'
import type { Session } from './sessions.ts'

interface ControlVariables {
  /** In the log and in every problem: joins the two. */
  requestId: string
  log: Logger
  /** Present wherever the access of a route asks for one. */
  identity: Identity | undefined
  /** Present on pages after sign-in. */
  session: Session | undefined
  /** The problem that the request ended with, for the log. */
  problem: Problem | undefined
}

export interface ControlEnv {
  /** Both are there when the request came over a socket. */
  Bindings: {
    readonly incoming?: Pick<IncomingMessage, 'socket'>
    readonly outgoing?: Pick<ServerResponse, 'destroy'>
  }
  Variables: ControlVariables
}

export type ControlContext = Context<ControlEnv>

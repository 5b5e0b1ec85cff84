/** What the control plane knows of a request while it is handled. */
import type { Context } from 'hono'
import type { Identity } from './identity.ts'
import type { Problem } from './problems.ts'
import type { Session } from './sessions.ts'

export interface ControlVariables {
  /** In the log and in every problem: joins the two. */
  requestId: string
  /** Present wherever the access of a route asks for one. */
  identity: Identity | undefined
  /** Present on pages after sign-in. */
  session: Session | undefined
  /** The problem that the request ended with, for the log. */
  problem: Problem | undefined
}

export interface ControlEnv {
  Variables: ControlVariables
}

export type ControlContext = Context<ControlEnv>

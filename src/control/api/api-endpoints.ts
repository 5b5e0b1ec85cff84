/** Every endpoint of the API. */
import type { Endpoint } from '../endpoint.ts'
import type { ApiPorts } from './api-ports.ts'
import { me } from './me.ts'

/** The endpoints over their ports, in the order of the OpenAPI document. */
export function apiEndpoints(_ports: ApiPorts): readonly Endpoint[] {
  return [me]
}

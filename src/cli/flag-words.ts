/** How commands on flags name a meter and say that a rule stands against something. */
import { Argument } from 'commander'
import { parseEui64 } from '../core/duis/eui64.ts'
import type { Named } from '../core/restriction/requests.ts'
import { EXIT, type Terminal } from './terminal.ts'

/** `<meter...>`: meter point numbers or Device IDs. */
export function meterArgument(): Argument {
  return new Argument('<meter...>', 'MPANs, MPRNs or Device IDs')
}

/** A Device when it is written as one, else a meter point number, which the rules read. */
export function namedBy(meter: string): Named {
  const device = parseEui64(meter)
  return device === undefined ? { mpxn: meter } : { device }
}

/** A rule that stands against a request, of whichever list of rules. */
interface Stood {
  readonly rule: string
  readonly text: string
  readonly whatToDo: string
}

/** Says which rules stand against it and what to do; the exit code is then 1. */
export function tellRefusals(terminal: Terminal, about: string, refusals: readonly Stood[]): void {
  for (const { rule, text, whatToDo } of refusals) terminal.note(`${about}: ${rule}: ${text} ${whatToDo}`)
  terminal.exitWith(EXIT.no)
}

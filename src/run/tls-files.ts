/** Opens the TLS files that a configuration names, for a gateway or for the control plane. */
import type { RequestListener, Server, ServerOptions } from 'node:http'
import type { Config } from '../config/config.ts'
import { ConfigurationFault } from '../config/configuration-fault.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import { callingParties, namedCallers } from '../gateway/callers.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { GatewayTls } from '../gateway/tls-sides.ts'
import type { Logger } from '../observe/log.ts'
import { httpsServer } from '../tls/https-server.ts'
import { type TlsFiles, TlsFilesRefused, TlsMaterial } from '../tls/material.ts'
import { signingProblem } from '../tls/response-signer.ts'

/** The files of one side; undefined where it speaks plain HTTP. */
type SideFiles = readonly [side: string, files: TlsFiles | undefined]

/** The files of a gateway's sides, in step with the disk until they are closed. */
export class GatewayTlsFiles {
  readonly #config: Config
  readonly #materials: ReadonlyMap<string, TlsMaterial>

  private constructor(config: Config, materials: ReadonlyMap<string, TlsMaterial>) {
    this.#config = config
    this.#materials = materials
  }

  /** Throws a ConfigurationFault that names every file that is not good. */
  static async open(config: Config, log: Logger): Promise<GatewayTlsFiles> {
    return new GatewayTlsFiles(config, await openAll(gatewaySides(config), log))
  }

  get tls(): GatewayTls {
    const { southbound, northbound, dccEuis, parties } = this.#config
    const users = this.#materials.get('southbound.tls')
    const dsp = this.#materials.get('northbound.tls')
    return {
      southbound: users &&
        southbound.tls && { material: users, callerOf: callingParties(parties, southbound.tls.nameBy) },
      northbound: dsp &&
        northbound.tls && {
          material: dsp,
          callerOf: namedCallers(dspNames(northbound.tls, dccEuis), northbound.tls.nameBy),
        },
      dsp: this.#materials.get('southbound.dspTls'),
      users: this.#materials.get('northbound.usersTls'),
      observation: this.#materials.get('control.tls'),
      signing: this.#materials.get('signing'),
    }
  }

  /** Has the gateway let these parties in on its southbound side, by the names of their certificates. */
  useParties(parties: Config['parties'], gateway: Pick<Gateway, 'setCallers'>): void {
    const { tls } = this.#config.southbound
    if (tls) gateway.setCallers(callingParties(parties, tls.nameBy))
  }

  /** Looks at all files now. */
  async refresh(): Promise<void> {
    await Promise.all([...this.#materials.values()].map((material) => material.refresh()))
  }

  close(): void {
    for (const material of this.#materials.values()) material.close()
  }
}

function dspNames(
  { callers }: NonNullable<Config['northbound']['tls']>,
  dccEuis: Config['dccEuis'],
): readonly string[] {
  return callers.length > 0 ? callers : dccEuis.map(formatEui64)
}

function gatewaySides({ southbound, northbound, control, signing }: Config): readonly SideFiles[] {
  return [
    ['southbound.tls', southbound.tls],
    ['southbound.dspTls', southbound.dspTls],
    ['northbound.tls', northbound.tls],
    ['northbound.usersTls', northbound.usersTls],
    ['control.tls', control.tls],
    ['signing', signing],
  ]
}

/** Health and metrics over TLS, where one process answers for several. */
export interface ObservationTls {
  readonly create: (options: ServerOptions, listener: RequestListener) => Server
  refresh(): Promise<void>
  close(): void
}

/** Undefined where they are served by plain HTTP. Throws as the gateway's do. */
export async function openObservationTls(config: Config, log: Logger): Promise<ObservationTls | undefined> {
  const materials = await openAll([['control.tls', config.control.tls]], log)
  const material = materials.get('control.tls')
  return (
    material && {
      create: (options, listener) => httpsServer({ material, log }, options, listener),
      refresh: () => material.refresh(),
      close: () => material.close(),
    }
  )
}

/** The files of the control plane: of its listener, and towards partners. Either is undefined where none are configured. */
export interface ControlTls {
  readonly listener: TlsMaterial | undefined
  readonly partners: TlsMaterial | undefined
  refresh(): Promise<void>
  close(): void
}

/** Throws as the gateway's do. */
export async function openControlTls(config: Config, log: Logger): Promise<ControlTls> {
  const materials = await openAll(controlSides(config), log)
  const all = [...materials.values()]
  return {
    listener: materials.get('controlPlane.tls'),
    partners: materials.get('notices.tls'),
    refresh: async () => void (await Promise.all(all.map((material) => material.refresh()))),
    close: () => {
      for (const material of all) material.close()
    },
  }
}

function controlSides({ controlPlane, notices }: Config): readonly SideFiles[] {
  return [
    ['controlPlane.tls', controlPlane.tls],
    ['notices.tls', notices.tls],
  ]
}

/** What is wrong with the TLS files that a configuration names. */
export async function tlsFileProblems(config: Config, log: Logger): Promise<readonly TlsFileProblem[]> {
  const sides = [...gatewaySides(config), ...controlSides(config)]
  const attempts = await attempted(sides, log)
  for (const { material } of attempts) material?.close()
  return attempts.flatMap(({ problems }) => problems)
}

async function openAll(sides: readonly SideFiles[], log: Logger): Promise<ReadonlyMap<string, TlsMaterial>> {
  const attempts = await attempted(sides, log)
  const problems = attempts.flatMap((attempt) => attempt.problems)
  const materials = attempts.flatMap(({ side, material }) => (material ? [[side, material] as const] : []))
  if (problems.length === 0) return new Map(materials.map(([side, material]) => [side, material.start()]))
  for (const [, material] of materials) material.close()
  const lines = problems.map(({ side, text }) => `${side}: ${text}`)
  throw new ConfigurationFault(lines.join('\n'))
}

interface Attempt {
  readonly side: string
  readonly material?: TlsMaterial
  readonly problems: readonly TlsFileProblem[]
}

/** A setting with TLS files, and what is wrong with one of them. */
export interface TlsFileProblem {
  readonly side: string
  readonly text: string
}

function attempted(sides: readonly SideFiles[], log: Logger): Promise<readonly Attempt[]> {
  return Promise.all(sides.flatMap(([side, files]) => (files ? [attempt(side, files, log)] : [])))
}

async function attempt(side: string, files: TlsFiles, log: Logger): Promise<Attempt> {
  try {
    const material = await TlsMaterial.open({ side, files, log })
    const problem = side === 'signing' ? signingProblem(material) : undefined
    return { side, material, problems: problem === undefined ? [] : [{ side, text: problem }] }
  } catch (error) {
    if (error instanceof TlsFilesRefused)
      return { side, problems: error.faults.map(({ message }) => ({ side, text: message })) }
    throw error
  }
}

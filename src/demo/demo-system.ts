/**
 * What the demo runs on: a temporary store, a gateway, the control plane with sample parties, stubs of both upstreams. All
 * of it by a configuration, like any other. On request an OpenID provider as well.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { configOrFault } from '../config/configuration-fault.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { readConfig } from '../config/read-config.ts'
import { FIRST_TABLE, GOVERNED_TABLE } from '../config/table-path.ts'
import { newToken } from '../control/identity.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import type { Role } from '../core/restriction/party.ts'
import { FileJournal } from '../journal/file-journal.ts'
import { systemClock } from '../observe/clock.ts'
import { createLog } from '../observe/log.ts'
import { reasonOf } from '../observe/rare-line.ts'
import { type ControlPlane, startControlPlane } from '../run/control-plane.ts'
import { type Service, startService } from '../run/gateway-service.ts'
import { tableOf } from '../run/table-files.ts'
import { FlagClient } from './flag-client.ts'
import { INVENTORY, REGISTRATIONS, SUPPLIER } from './household.ts'
import { liveTable, noticeRow } from './live-table.ts'
import { SAMPLE_PARTIES, type SamplePartyId } from './parties.ts'
import { type Received, type SamplePartner, startSamplePartner } from './partner.ts'
import { type ProviderPackage, type SampleProvider, startSampleProvider } from './sign-in-provider.ts'
import { closed, listening, type StubUpstream, startStubDsp, startStubServiceUser } from './stub-upstreams.ts'

/** Of the secret that signs notices to the sample partner. */
const SECRET_BYTES = 32

type SampleTokens = Readonly<Record<SamplePartyId, string>>

/** Where the demo shows what happens, and where it stands. */
export interface Screen {
  print(line: string): void
  readonly hasColours: boolean
  readonly workingFolder: string
}

export interface DemoSystem {
  readonly screen: Screen
  readonly service: Service
  readonly plane: ControlPlane
  readonly flags: FlagClient
  readonly tokens: SampleTokens
  /** Of a second person of DSP operations: a list that one proposes another has to approve. */
  readonly secondToken: string
  readonly dsp: StubUpstream
  readonly user: StubUpstream
  /** The CSP of the household's region. */
  readonly csp: SamplePartner
  readonly provider: SampleProvider | undefined
}

/** Runs `work` on a new system, and leaves nothing behind. `ofProvider`: to sign in at an OpenID provider too. */
export async function withDemoSystem(
  screen: Screen,
  ofProvider: ProviderPackage | undefined,
  work: (system: DemoSystem) => Promise<void>,
): Promise<void> {
  await using open = new AsyncDisposableStack()
  await work(await setUp(screen, ofProvider, open))
}

/** Says what it opens, in the order in which it does. */
async function setUp(
  screen: Screen,
  ofProvider: ProviderPackage | undefined,
  open: AsyncDisposableStack,
): Promise<DemoSystem> {
  screen.print('Setting up on this machine; nothing leaves it, and nothing stays behind.')
  const folder = await mkdtemp(join(tmpdir(), 'duisgate-demo-'))
  open.defer(() => rm(folder, { recursive: true, force: true }))
  const dsp = open.adopt(await startStubDsp(), close)
  const user = open.adopt(await startStubServiceUser(), close)
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
  const onReceived = (received: Received) => {
    if (received.device !== undefined) screen.print(noticeRow(received))
  }
  const csp = open.adopt(await startSamplePartner(secret, onReceived), close)
  screen.print('  stand-ins for the DSP, a Service User and a CSP listen')
  const { tokens, secondToken, credentials } = sampleCredentials()
  const partners = [{ party: 'CSP-N', url: csp.url.href, secrets: [secret] }]
  const surroundings = { folder, dsp, user, credentials, partners }
  const config = configOn(screen, surroundings)
  const service = open.adopt(await startGateway(screen, config), stop)
  const { southbound, northbound } = service.gateway.ports
  screen.print(
    `  the gateway listens on 127.0.0.1:${southbound} for Service Requests, on :${northbound} for what comes back`,
  )
  const provider = ofProvider && open.adopt(await startSampleProvider(ofProvider, await freeOrigin()), close)
  if (provider) screen.print(`  an OpenID provider listens on ${provider.issuer}`)
  const ofPlane = provider ? configOn(screen, surroundings, provider.settings) : config
  const plane = open.adopt(await startControlPlane(ofPlane, createLog(config.log)), stop)
  screen.print(`  the control plane listens on ${plane.url}`)
  const flags = new FlagClient(plane.url, tokens)
  await service.store.change((unit) => unit.inventory.put(INVENTORY))
  await flags.importRegistrations(REGISTRATIONS)
  screen.print(
    '  a household and its neighbour are in the inventory; now messages are sent through the gateway\n',
  )
  return { screen, service, plane, flags, tokens, secondToken, dsp, user, csp, provider }
}

const close = (opened: { close(): Promise<void> }) => opened.close()
const stop = (started: { stop(): Promise<void> }) => started.stop()

/** A place for the page that nobody has now: the provider has to know it before the page is served. */
async function freeOrigin(): Promise<URL> {
  const server = createServer()
  const { port } = await listening(server)
  await closed(server)
  return new URL(`http://127.0.0.1:${port}`)
}

/** One token for each party and one for a second person of DSP operations, made anew for every demo. */
function sampleCredentials() {
  const made = SAMPLE_PARTIES.map(({ id, role }) => ({
    id,
    ...credentialOf(id, role, `demo.${id.toLowerCase()}`),
  }))
  const second = credentialOf('OPS', 'operations', 'demo.ops-second')
  const tokens = Object.fromEntries(made.map(({ id, token }) => [id, token])) as SampleTokens
  return {
    tokens,
    secondToken: second.token,
    credentials: [...made, second].map(({ credential }) => credential),
  }
}

function credentialOf(party: SamplePartyId, role: Role, name: string) {
  const { token, tokenHash } = newToken()
  return { token, credential: { tokenHash, party, roles: [role], name } }
}

interface Surroundings {
  readonly folder: string
  readonly dsp: StubUpstream
  readonly user: StubUpstream
  readonly credentials: readonly object[]
  readonly partners: readonly object[]
}

/** `more`: settings beyond those of every demo. */
function configOn(
  screen: Screen,
  { folder, dsp, user, credentials, partners }: Surroundings,
  more: readonly string[] = [],
): Config {
  const listeners = ['southbound', 'northbound', 'control', 'controlPlane']
  const parties = SAMPLE_PARTIES.map(({ role, ...party }) => ({ ...party, roles: [role] }))
  const set = [
    ...listeners.map((name) => `${name}.listen=127.0.0.1:0`),
    `store=${join(folder, 'duisgate.db')}`,
    `journal.folder=${join(folder, 'journal')}`,
    `audit.checkpointFile=${join(folder, 'audit-checkpoints.ndjson')}`,
    `audit.keyFile=${join(folder, 'audit-key.pem')}`,
    `table=${GOVERNED_TABLE}`,
    `southbound.dspUrl=${dsp.url.origin}`,
    `northbound.users=${formatEui64(SUPPLIER)}=${user.url.origin}`,
    `northbound.fallback=${user.url.origin}`,
    `parties=${JSON.stringify(parties)}`,
    `credentials=${JSON.stringify(credentials)}`,
    `notices.partners=${JSON.stringify(partners)}`,
    'notices.pollMs=100',
    'drainMs=1000',
    'log.level=silent',
    ...more,
  ]
  const { workingFolder } = screen
  return configOrFault(readConfig({ file: undefined, environment: {}, overrides: set, workingFolder }))
}

async function startGateway(screen: Screen, config: Config): Promise<Service> {
  const catalogue = await loadCatalogue()
  const table = await tableOf(FIRST_TABLE, catalogue)
  const kept = new FileJournal({
    directory: config.journal.folder,
    name: 'gateway',
    clock: systemClock,
    onFailure: (cause) => screen.print(`the journal cannot be written: ${reasonOf(cause)}`),
  })
  const journal = liveTable({ ...screen, catalogue, table }, kept)
  return startService({ config, log: createLog(config.log), journal })
}

/** Import of registrations: who answers for which meter point, since when. Flags follow. */
import { z } from '@hono/zod-openapi'
import type { Actor } from '../../core/restriction/party.ts'
import type { Refusal } from '../../core/restriction/refusal.ts'
import type { Registration } from '../../core/restriction/restriction.ts'
import { StoreFailure } from '../../store/store.ts'
import { tryAgain } from '../../store/try-again.ts'
import type { ApiPorts } from '../control-ports.ts'
import { boundedChunks, MAX_CSV_BYTES, tooLongSaid } from '../http/body.ts'
import { type CsvBody, MAX_CSV_ROWS, openCsvBody } from '../http/csv-body.ts'
import { type Endpoint, type EndpointResponse, endpointsOf } from '../http/endpoint.ts'
import { PROBLEMS, type Problem } from '../http/problems.ts'
import { REGISTRATION_CSV, type RegistrationColumn, readRegistration } from '../registration-fields.ts'
import { storeProblemOf } from '../store-problem.ts'
import { refusedChange } from './refused.ts'

/** One transaction each: large enough to be quick, small enough that other writers get their turn. */
const BATCH_ROWS = 500
/** Before a batch that the store did not answer is tried again, the first time: eight seconds in all. */
const PAUSE_MS = 250
/** A file that is wrong throughout need not be told of every row. */
const MAX_WRONG_SHOWN = 1_000

const importedSchema = z
  .strictObject({
    imported: z.int(),
    handedOver: z.int().openapi({ description: 'Flags that have passed to another Supplier.' }),
    wrongCount: z.int(),
    wrong: z
      .array(z.strictObject({ line: z.int(), text: z.string() }))
      .openapi({ description: `Rows that were left out; at most ${MAX_WRONG_SHOWN} are named.` }),
  })
  .openapi('RegistrationsImported')

type Row = CsvBody<RegistrationColumn>['rows'] extends AsyncGenerator<infer Each> ? Each : never

/** What is wrong with the row where it is none. */
function registrationOf(row: Row): Registration | string {
  if ('stopped' in row) return row.stopped.detail ?? PROBLEMS[row.stopped.code].title
  return 'problem' in row ? `The row ${row.problem}.` : readRegistration(row.fields)
}

class Import {
  readonly #restrictions: ApiPorts['restrictions']
  readonly #actor: Actor
  readonly #done = {
    imported: 0,
    handedOver: 0,
    wrongCount: 0,
    wrong: [] as { line: number; text: string }[],
  }
  #batch: Registration[] = []

  constructor(restrictions: ApiPorts['restrictions'], actor: Actor) {
    this.#restrictions = restrictions
    this.#actor = actor
  }

  async run(
    rows: CsvBody<RegistrationColumn>['rows'],
  ): Promise<EndpointResponse<z.input<typeof importedSchema>>> {
    for await (const row of rows) {
      const refusals = await this.#take(row)
      if (refusals) return { problem: refusedChange(refusals) }
    }
    const refusals = await this.#flush()
    if (refusals) return { problem: refusedChange(refusals) }
    return { content: this.#done }
  }

  /** A file may be sent again, so it does not matter whether the batch that failed was kept. */
  stoppedBy(error: unknown): { readonly problem: Problem } {
    if (!(error instanceof StoreFailure)) throw error
    const detail = `${this.#done.imported} registrations were imported before this. Send the file again: what is done changes nothing.`
    return { problem: { ...storeProblemOf(error), detail } }
  }

  async #take(row: Row): Promise<readonly Refusal[] | undefined> {
    const read = registrationOf(row)
    if (typeof read === 'string') this.#note(row.line, read)
    else this.#batch.push(read)
    return this.#batch.length < BATCH_ROWS ? undefined : this.#flush()
  }

  #note(line: number, text: string): void {
    this.#done.wrongCount++
    if (this.#done.wrong.length < MAX_WRONG_SHOWN) this.#done.wrong.push({ line, text })
  }

  async #flush(): Promise<readonly Refusal[] | undefined> {
    if (this.#batch.length === 0) return undefined
    const importing = () => this.#restrictions.importRegistrations(this.#actor, this.#batch)
    const imported = await tryAgain(importing, { progress: () => this.#done.imported, pauseMs: PAUSE_MS })
    if (!imported.ok) return imported.refusals
    this.#done.imported += imported.imported
    this.#done.handedOver += imported.handedOver
    this.#batch = []
    return undefined
  }
}

const { post } = endpointsOf('Registrations')

export const registrationEndpoints: readonly Endpoint[] = [
  post('/registrations', {
    name: 'importRegistrations',
    summary: 'Import registrations from a CSV file',
    description:
      'Rows that can be read are imported in batches; the others are named. A file may be sent again.',
    access: { operation: 'import-registrations' },
    streamedBody: {
      mediaType: 'text/csv',
      description: `At most 64 MiB and 1,000,000 rows. Columns: ${REGISTRATION_CSV.columns.join(', ')}; role is supplier or network-operator.`,
      example: 'mpxn,role,party,from,until\r\n2000000000015,supplier,SUP-A,2026-01-01T00:00:00Z,\r\n',
    },
    content: importedSchema,
    problems: ['body-invalid', 'refused'],
    async handle({ identity, raw }, { restrictions }) {
      const tooLong = tooLongSaid(raw, MAX_CSV_BYTES)
      if (tooLong) return { problem: tooLong }
      const file = await openCsvBody(boundedChunks(raw, MAX_CSV_BYTES), REGISTRATION_CSV, MAX_CSV_ROWS)
      if (!file.ok) return file
      const importing = new Import(restrictions, identity.actor)
      return importing.run(file.rows).catch((error: unknown) => importing.stoppedBy(error))
    },
  }),
]

/** Texts as the body of a response, made while the client reads. */
import type { ControlContext } from '../context.ts'
import { scrubbed } from './request-log.ts'

/** Fewer, larger writes: a line of CSV by itself costs more to send than to make. */
const BATCH_CHARACTERS = 4_096

/**
 * Answers with the texts. What goes wrong with the first is thrown. What goes wrong later is logged and cuts the connection, so
 * that half an answer cannot be taken for a whole one; what the texts hold open is let go when they end or the client leaves.
 */
export async function textResponse(
  context: ControlContext,
  texts: AsyncGenerator<string, void, undefined>,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const stream = await startTextStream(texts, (error) => {
    const requestId = context.get('requestId')
    context.get('log').error({ requestId, err: scrubbed(error) }, 'an answer was broken off')
    return isCut(context)
  })
  return new Response(stream, { headers })
}

/** Left to it, node-server would write the error's message into the answer and end it as if it were complete. */
function isCut({ env }: ControlContext): boolean {
  env?.outgoing?.destroy()
  return env?.outgoing !== undefined
}

/** The first texts are made before this resolves. `onBroken` answers whether nobody is left to hear an error. */
async function startTextStream(
  texts: AsyncGenerator<string, void, undefined>,
  onBroken: (error: unknown) => boolean,
): Promise<ReadableStream<Uint8Array>> {
  const batches = batched(texts)
  let pending: Promise<IteratorResult<string, void>> | undefined = Promise.resolve(await batches.next())
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await (pending ?? batches.next())
        pending = undefined
        if (next.done) controller.close()
        else controller.enqueue(encoder.encode(next.value))
      } catch (error) {
        if (onBroken(error)) controller.close()
        else controller.error(new Error('the answer was broken off'))
      }
    },
    async cancel() {
      await batches.return()
    },
  })
}

async function* batched(
  texts: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  let batch = ''
  for await (const text of texts) {
    batch += text
    if (batch.length < BATCH_CHARACTERS) continue
    yield batch
    batch = ''
  }
  if (batch !== '') yield batch
}

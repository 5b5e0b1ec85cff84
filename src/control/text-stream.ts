/** Texts as the body of a response, made while the client reads. */

/** Fewer, larger writes: a line of CSV by itself costs more to send than to make. */
const BATCH_CHARACTERS = 4_096

/**
 * A stream of the texts. The first is made before this resolves, so that what they hold open is held from then on and let
 * go when the stream ends or its reader leaves.
 */
export async function startTextStream(
  texts: AsyncGenerator<string, void, undefined>,
): Promise<ReadableStream<Uint8Array>> {
  const batches = batched(texts)
  let pending: Promise<IteratorResult<string, void>> | undefined = Promise.resolve(await batches.next())
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const next = await (pending ?? batches.next())
      pending = undefined
      if (next.done) controller.close()
      else controller.enqueue(encoder.encode(next.value))
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

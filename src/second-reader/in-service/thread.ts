/** The thread of the second reader: reads each message that it is sent, answers with what differs, and forgets the message. */
import { parentPort, workerData } from 'node:worker_threads'
import { compileCatalogue } from '../../core/catalogue/catalogue.ts'
import { compared } from '../differences.ts'
import type { ReadingAnswer, ReadingJob, ReadingThreadData } from './reading-thread.ts'

const { catalogue, dccEuis }: ReadingThreadData = workerData
const options = { catalogue: compileCatalogue(catalogue), dccEuis: new Set(dccEuis) }

parentPort?.on('message', ({ id, facts, bytes }: ReadingJob) => {
  const answer: ReadingAnswer = { id, differences: compared(facts, bytes, options) }
  parentPort?.postMessage(answer)
})

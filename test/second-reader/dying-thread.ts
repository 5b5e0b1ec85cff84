/** In place of the second reader's thread: ends over the first message, without a word. */
import { parentPort } from 'node:worker_threads'

parentPort?.on('message', () => process.exit(1))

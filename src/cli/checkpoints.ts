/** The file of signed checkpoints and its key: what an audit chain is held against from outside the store. */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { errorCode } from '../config/configuration-fault.ts'
import { instantOf } from '../core/device/device.ts'
import { jsonOf } from '../core/json.ts'
import type { Checkpoint } from '../core/restriction/audit-chain.ts'
import { usageError } from './terminal.ts'

const checkpointLine = z.strictObject({
  count: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.int().transform(instantOf),
  signature: z.base64(),
})

/** Every checkpoint of the file, oldest first; none when there is no file. A line that is none is a usage error. */
export async function readCheckpoints(file: string): Promise<readonly Checkpoint[]> {
  const lines = (await textOf(file)).split('\n').filter((line) => line !== '')
  return lines.map((line, index) => {
    const read = checkpointLine.safeParse(jsonOf(line))
    if (read.success) return read.data
    throw usageError(`${file}:${index + 1} is not a checkpoint; restore the file from where it is kept`)
  })
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  }
}

/** Adds a checkpoint to the file; makes the file and its folder when they are not there. */
export async function keepCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await appendFile(file, `${JSON.stringify(checkpoint)}\n`)
}

/** The key that signs; made, for its owner alone to read, when there is none. */
export async function signingKey(file: string): Promise<KeyObject> {
  const pem = await textOf(file)
  if (pem !== '') return keyFrom(file, () => createPrivateKey(pem))
  const { privateKey } = generateKeyPairSync('ed25519')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  return privateKey
}

/** The key that verifies: a public key, or the public half of the one that signs. Undefined when there is none. */
export async function verifyingKey(file: string): Promise<KeyObject | undefined> {
  const pem = await textOf(file)
  return pem === '' ? undefined : keyFrom(file, () => createPublicKey(pem))
}

function keyFrom(file: string, read: () => KeyObject): KeyObject {
  try {
    const key = read()
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Said below: what is wrong with a key must not show any of it.
  }
  throw usageError(`${file} is not the Ed25519 key that is needed, as PEM`)
}

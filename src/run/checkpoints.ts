/** The file of signed checkpoints and its key: what an audit chain is held against from outside the store. */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { ConfigurationFault, errorCode } from '../config/configuration-fault.ts'
import { instantOf } from '../core/device/device.ts'
import { jsonOf } from '../core/json.ts'
import { type Checkpoint, isGenuine } from '../core/restriction/audit-chain.ts'
import type { CheckpointFault, GenuineCheckpoints } from '../restrictions/trail-check.ts'

const checkpointLine = z.strictObject({
  count: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.int().transform(instantOf),
  signature: z.base64(),
})

/** Where an installation keeps its checkpoints, and the key that they are signed with. */
type CheckpointFiles = Config['audit']

/** Every checkpoint of the file with its signature verified; none when there is no file. */
export async function genuineCheckpoints(files: CheckpointFiles): Promise<GenuineCheckpoints> {
  try {
    return await checkpointsOf(files)
  } catch (error) {
    if (error instanceof ConfigurationFault) return faulty('wrong-key')
    if (['EACCES', 'EPERM', 'EISDIR', 'ENOTDIR'].includes(errorCode(error))) return faulty('unreadable')
    throw error
  }
}

async function checkpointsOf({ checkpointFile, keyFile }: CheckpointFiles): Promise<GenuineCheckpoints> {
  const lines = (await textOf(checkpointFile)).split('\n').filter((line) => line !== '')
  if (lines.length === 0) return { ok: true, checkpoints: [] }
  const read = lines.map((line) => checkpointLine.safeParse(jsonOf(line)).data)
  const malformed = read.indexOf(undefined)
  if (malformed >= 0) return faulty('malformed', malformed + 1)
  const key = await verifyingKey(keyFile)
  if (!key) return faulty('no-key')
  const checkpoints = read.filter((each) => each !== undefined)
  const forged = checkpoints.findIndex((each) => !isGenuine(each, key))
  return forged < 0 ? { ok: true, checkpoints } : faulty('forged', forged + 1)
}

function faulty(problem: CheckpointFault['problem'], line?: number): GenuineCheckpoints {
  return { ok: false, fault: { problem, ...(line !== undefined && { line }) } }
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
async function verifyingKey(file: string): Promise<KeyObject | undefined> {
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
  throw new ConfigurationFault(`${file} is not the Ed25519 key that is needed, as PEM`)
}

/** The whole trail checked on the page: against itself, and against the signed checkpoints that are kept outside the store. */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { instantOf } from '../../../src/core/device/device.ts'
import { checkpoint, EMPTY_CHAIN } from '../../../src/core/restriction/audit-chain.ts'
import { genuineCheckpoints, keepCheckpoint, signingKey } from '../../../src/run/checkpoints.ts'
import { temporaryFolder } from '../../support/start-gateway.ts'
import { type Household, household, NOW, type Visit } from './household.ts'
import { signedIn } from './steps.ts'

interface Kept {
  readonly house: Household
  readonly checkpointFile: string
  readonly keyFile: string
  /** Signs where the trail ends, a minute later than the last time. */
  sign(): Promise<void>
}

async function keptHousehold(t: Test): Promise<Kept> {
  const folder = await temporaryFolder(t)
  const files = {
    checkpointFile: join(folder, 'checkpoints.ndjson'),
    keyFile: join(folder, 'key.pem'),
  }
  const house = await household(t, { checkpoints: () => genuineCheckpoints(files) })
  return {
    ...{ house, ...files },
    async sign() {
      const end = await house.store.read((view) => view.audit.end())
      const taken = checkpoint(end, house.pass(60_000), await signingKey(files.keyFile))
      await keepCheckpoint(files.checkpointFile, taken)
    },
  }
}

async function checked(visit: Visit): Promise<string> {
  await visit.get('/audit')
  return (await visit.post('/audit/verify', {})).text
}

t.test('a whole trail is told with the latest checkpoint that it was held against', async (t) => {
  const { house, sign } = await keptHousehold(t)
  const visit = await signedIn(house, 'auditor')
  t.match(await checked(visit), /The audit trail is whole.*Checkpoints in step.*None has been signed/)
  await sign()
  await signedIn(house, 'supplier')
  await sign()
  const text = await checked(visit)
  t.match(text, 'The audit trail is whole')
  t.match(text, /2; the latest was signed <time datetime="2026-11-23T14:07:00.000Z">.*<\/time> at entry 3/)
  await visit.get('/audit?kind=looks')
  t.match(visit.text, /The whole trail was checked.*<strong>Checkpoints<\/strong>: 2/)
})

t.test('a trail that is whole in itself but not the one that was signed is broken', async (t) => {
  const { house, checkpointFile, keyFile } = await keptHousehold(t)
  const visit = await signedIn(house, 'auditor')
  const other = { ...EMPTY_CHAIN, count: 1 }
  await keepCheckpoint(checkpointFile, checkpoint(other, NOW, await signingKey(keyFile)))
  const text = await checked(visit)
  t.match(text, 'The audit trail is broken')
  t.match(text, 'At entry 1: the trail was written anew')
})

t.test('a trail that ends before a checkpoint is broken', async (t) => {
  const { house, checkpointFile, keyFile } = await keptHousehold(t)
  const visit = await signedIn(house, 'auditor')
  const other = { ...EMPTY_CHAIN, count: 700 }
  await keepCheckpoint(checkpointFile, checkpoint(other, NOW, await signingKey(keyFile)))
  t.match(await checked(visit), /At entry \d+: the trail ends before an end that is vouched for/)
})

t.test('checkpoints that cannot be trusted are told, and never a trail that is whole', async (t) => {
  const { house, checkpointFile, keyFile, sign } = await keptHousehold(t)
  const visit = await signedIn(house, 'auditor')
  await sign()
  const forged = { ...EMPTY_CHAIN, at: instantOf(NOW), signature: 'AAAA' }
  appendFileSync(checkpointFile, `${JSON.stringify(forged)}\n`)
  const says = async (words: string) => {
    const text = await checked(visit)
    t.match(text, 'The audit trail could not be checked')
    t.match(text, words)
    t.notMatch(text, checkpointFile, 'no path of the machine')
  }
  await says('The checkpoint on line 2 of the file was not signed by the key.')
  appendFileSync(checkpointFile, '{"count":1}\n')
  await says('Line 3 of the file of checkpoints is not a checkpoint.')
  rmSync(checkpointFile)
  await sign()
  writeFileSync(keyFile, 'not a key')
  await says('What should be the key of the checkpoints is not one.')
  rmSync(keyFile)
  await says('There are checkpoints but no key to verify them.')
  await visit.get('/audit?kind=looks')
  t.match(visit.text, /<strong>Problem<\/strong>: there is no key/)
  mkdirSync(keyFile)
  await says('The control plane may not read the file of checkpoints or its key.')
  rmSync(checkpointFile)
  mkdirSync(checkpointFile)
  await says('The control plane may not read the file of checkpoints or its key.')
  await visit.get('/audit?kind=looks')
  t.match(visit.text, /<strong>Problem<\/strong>: the checkpoints or their key cannot be read/)
})

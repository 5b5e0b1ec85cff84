/** Large messages stream with their end held back, and an upstream never has one whole that was not permitted whole. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import t from 'tap'
import {
  deviceResponse,
  ESME,
  RA,
  response,
  responseMessage,
  smets1Message,
  USER,
} from '../fixtures/message.ts'
import { firmwareUpdate, profileResponse } from '../support/large-messages.ts'
import { beginPost, problemCode, startScenario, untilMetric, withLoad } from '../support/start-gateway.ts'
import { answering, hanging } from '../support/stub-dsp.ts'

const MIB = 1_048_576

t.test('carries the largest firmware update byte for byte, without holding it', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  const message = Buffer.from(firmwareUpdate(13_653_336, 50_000))
  const before = process.memoryUsage.rss()
  let delivered = createHash('sha256')
  let peak = before
  scenario.dsp.behave(async (incoming, reply) => {
    for await (const chunk of incoming) {
      delivered.update(chunk)
      peak = Math.max(peak, process.memoryUsage.rss())
    }
    reply.end()
  })
  for (const headers of Object.values(framings(message))) {
    delivered = createHash('sha256')
    const to = { path: '/api/v1/serviceD', headers }
    const { client, answered } = beginPost(scenario.gateway.ports.southbound, to)
    for (let from = 0; from < message.length; from += 65_536) {
      if (!client.write(message.subarray(from, from + 65_536))) await once(client, 'drain')
    }
    client.end()
    t.equal((await answered).status, 200)
    t.equal(delivered.digest('hex'), createHash('sha256').update(message).digest('hex'))
  }
  await untilMetric(scenario.gateway.metrics, 'duisgate_held_bytes{direction="southbound"} 0')
  t.ok(peak - before < 128 * MIB, `grew by ${Math.round((peak - before) / MIB)} MiB`)
})

t.test('keeps the framing the client chose', async (t) => {
  const scenario = await startScenario(t)
  const message = firmwareUpdate(600_000)
  await scenario.sendSouth(message)
  const chunked = beginPost(scenario.gateway.ports.southbound, { path: '/api/v1/serviceD' })
  chunked.client.end(message)
  await chunked.answered
  const [stated, open] = scenario.dsp.deliveries
  t.equal(stated?.headers['content-length'], String(message.length))
  t.equal(open?.headers['transfer-encoding'], 'chunked')
  t.equal(open?.body.toString(), message)
})

function framings(message: string | Buffer): Record<string, Record<string, string>> {
  return { chunked: {}, measured: { 'content-length': String(Buffer.byteLength(message)) } }
}

/** What the journal says of a message that was let go at its beginning and broken off before its end. */
const KNOWN_EARLY = {
  kind: 'service-request',
  codes: ['11.1'],
  user: USER,
  verdict: 'forward',
  rule: 'firmware',
  class: 'firmware',
  flag: 'not-needed',
}

const END = '</sr:Request>'
const firmware = firmwareUpdate(900_000)
const badEnds: Record<string, [string, string]> = {
  'has a wrong end tag': [firmware.replace(END, '</sr:Bequest>'), 'XML_MALFORMED'],
  'ends before its root does': [firmware.replace(END, ''), 'XML_INCOMPLETE'],
  'has a second root': [`${firmware}<again/>`, 'XML_MALFORMED'],
  'is not UTF-8 at its last byte': [firmware.replace(END, '\u0000</sr:Request>'), 'XML_MALFORMED'],
}
for (const [what, [message, code]] of Object.entries(badEnds)) {
  for (const [framing, headers] of Object.entries(framings(message))) {
    t.test(`breaks off a large ${framing} message that ${what}`, async (t) => {
      const scenario = await startScenario(t)
      scenario.dsp.behave(hanging)
      const cutOff = scenario.dsp.nextCutOff()
      const { client, answered } = beginPost(scenario.gateway.ports.southbound, {
        path: '/api/v1/serviceD',
        headers,
      })
      client.end(message)
      const answer = await answered
      await cutOff
      t.equal(answer.status, 400)
      t.equal(problemCode(answer), code)
      t.equal(scenario.dsp.begun, 1)
      t.equal(scenario.dsp.deliveries.length, 0)
      t.match(await scenario.journal(), [{ outcome: 'refused', fault: code, ...KNOWN_EARLY }])
    })
  }
}

t.test('breaks off a large Response when its Device becomes Restricted while it streams', async (t) => {
  const scenario = await startScenario(t)
  const message = profileResponse(1_200_000)
  const begun = scenario.user.nextBegun()
  const { client, answered } = beginPost(scenario.gateway.ports.northbound, {})
  client.write(message.slice(0, 600_000))
  await begun
  await scenario.restrict()
  const cutOff = scenario.user.nextCutOff()
  client.end(message.slice(600_000))
  t.equal((await answered).status, 204)
  await cutOff
  t.equal(scenario.user.deliveries.length, 1, 'only the substitute arrived whole')
  t.match(scenario.user.deliveries[0]?.body.toString(), /<sr:ResponseCode>E5/)
})

t.test('sends no byte of a large Response whose Device became Restricted while it waited', async (t) => {
  const isLookedUp = Promise.withResolvers<void>()
  const wrapRecords = withLoad(async (keys, from) => {
    const loaded = await from.load(keys)
    setImmediate(isLookedUp.resolve)
    return loaded
  })
  const scenario = await startScenario(t, { wrapRecords, limits: { peerConnections: 1 } })
  const release = Promise.withResolvers<void>()
  scenario.user.behave(async (_incoming, reply, takeBody) => {
    await takeBody()
    await release.promise
    reply.writeHead(204).end()
  })
  const begun = scenario.user.nextBegun()
  const first = scenario.sendNorth(deviceResponse(ESME, responseMessage('7.4')))
  await begun
  const second = scenario.sendNorth(profileResponse(1_200_000))
  await isLookedUp.promise
  await scenario.restrict()
  release.resolve()
  t.equal((await first).status, 204)
  t.equal((await second).status, 204)
  t.equal(scenario.user.begun, 2, 'nothing began but the first Response and the substitute')
  t.match(scenario.user.deliveries[1]?.body.toString(), /<sr:ResponseCode>E5/)
  t.match(await scenario.journal(), [{ outcome: 'forwarded' }, { outcome: 'withheld', flag: 'restricted' }])
})

t.test('says what was decided last of a large Response that waited and then could not be read', async (t) => {
  const isLookedUp = Promise.withResolvers<void>()
  const wrapRecords = withLoad(async (keys, from) => {
    const loaded = await from.load(keys)
    setImmediate(isLookedUp.resolve)
    return loaded
  })
  const scenario = await startScenario(t, { wrapRecords, limits: { peerConnections: 1 } })
  const release = Promise.withResolvers<void>()
  scenario.user.behave(async (_incoming, reply, takeBody) => {
    await takeBody()
    await release.promise
    reply.writeHead(204).end()
  })
  const begun = scenario.user.nextBegun()
  const first = scenario.sendNorth(deviceResponse(ESME, responseMessage('7.4')))
  await begun
  const message = profileResponse(1_200_000)
  const second = scenario.sendNorth(message.slice(0, message.lastIndexOf('</')))
  await isLookedUp.promise
  await scenario.restrict()
  release.resolve()
  t.equal((await first).status, 204)
  t.equal(problemCode(await second), 'XML_INCOMPLETE')
  t.equal(scenario.user.begun, 1)
  t.match(await scenario.journal(), [
    { outcome: 'forwarded' },
    {
      outcome: 'refused',
      fault: 'XML_INCOMPLETE',
      verdict: 'withhold',
      flag: 'restricted',
      ms: { peer: Number },
    },
  ])
})

t.test('reads a large Response of a Restricted Device to its end and withholds it', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  const answer = await scenario.sendNorth(profileResponse(1_200_000))
  t.equal(answer.status, 204)
  t.equal(scenario.user.begun, 1)
  t.match(scenario.user.deliveries[0]?.body.toString(), /<sr:ResponseCode>E5/)
  const [record] = await scenario.journal()
  t.match(record, {
    outcome: 'withheld',
    bytes: Buffer.byteLength(profileResponse(1_200_000)),
    flag: 'restricted',
  })
})

t.test(
  'a large safety alert of SMETS1 passes whose code comes behind payload that nobody can read',
  async (t) => {
    const scenario = await startScenario(t)
    await scenario.restrict()
    const sealed = `<ra:GBCSData format="encrypted" type="gbcs">${'A'.repeat(4_000)}</ra:GBCSData>`
    const content = (code: string) =>
      `<ra:DeviceAlertContent><ra:GBCSHexAlertCode>${code}</ra:GBCSHexAlertCode></ra:DeviceAlertContent>`
    const alert = (code: string) =>
      response({
        responseId: `${ESME}:${USER}:2001`,
        body: smets1Message({
          device: ESME,
          body: `<sr:DeviceAlertMessage xmlns:ra="${RA}">${sealed.repeat(100)}${content(code)}</sr:DeviceAlertMessage>`,
        }),
      })
    t.equal((await scenario.sendNorth(alert('8F3F'))).status, 204)
    t.equal(scenario.user.deliveries[0]?.body.toString(), alert('8F3F'))
    t.equal((await scenario.sendNorth(alert('8F0A'))).status, 204)
    t.equal(scenario.user.deliveries.length, 1, 'a billing alert does not')
  },
)

t.test('asks the sender to try again when a large message is permitted only at its end', async (t) => {
  const { promise: isLookedUp, resolve: lookedUp } = Promise.withResolvers<void>()
  const wrapRecords = withLoad(async (keys, from) => {
    const loaded = await from.load(keys)
    setImmediate(lookedUp)
    return loaded
  })
  const scenario = await startScenario(t, { wrapRecords })
  await scenario.restrict()
  const message = profileResponse(1_200_000)
  const { client, answered } = beginPost(scenario.gateway.ports.northbound, {})
  client.write(message.slice(0, 600_000))
  await isLookedUp
  await scenario.lift()
  client.end(message.slice(600_000))
  const answer = await answered
  t.equal(problemCode(answer), 'GW_VERDICT_CHANGED')
  t.equal(answer.status, 503)
  t.ok(answer.headers['retry-after'])
  t.equal(scenario.user.begun, 0)
})

t.test('forwards nothing complete when the client goes away in the middle', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(hanging)
  const begun = scenario.dsp.nextBegun()
  const { client } = beginPost(scenario.gateway.ports.southbound, {
    path: '/api/v1/serviceD',
    headers: { 'content-length': String(Buffer.byteLength(firmware)) },
  })
  client.write(firmware.slice(0, 600_000))
  await begun
  const cutOff = scenario.dsp.nextCutOff()
  client.destroy()
  await cutOff
  t.equal(scenario.dsp.deliveries.length, 0)
  t.match(await scenario.journal(), [{ outcome: 'client-gone', ...KNOWN_EARLY }])
})

t.test('passes an early refusal of the DSP on and closes the connection', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave((_, reply) => {
    reply.writeHead(413, { 'content-type': 'text/plain' }).end('too much')
  })
  const { client, answered } = beginPost(scenario.gateway.ports.southbound, { path: '/api/v1/serviceD' })
  client.write(firmware.slice(0, 600_000))
  const answer = await answered
  t.equal(answer.status, 413)
  t.equal(answer.body.toString(), 'too much')
  t.equal(answer.headers.connection, 'close')
  client.destroy()
})

t.test('does not take an early success of the DSP for one', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave((_, reply) => void reply.end())
  const { client, answered } = beginPost(scenario.gateway.ports.southbound, { path: '/api/v1/serviceD' })
  client.write(firmware.slice(0, 600_000))
  t.equal(problemCode(await answered), 'GW_PEER_EARLY')
  client.destroy()
})

t.test('answers 502 when the DSP cuts the connection in the middle of a large message', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave((incoming) => {
    incoming.once('data', () => incoming.socket.resetAndDestroy())
  })
  const { client, answered } = beginPost(scenario.gateway.ports.southbound, { path: '/api/v1/serviceD' })
  client.write(firmware.slice(0, 600_000))
  t.equal(problemCode(await answered), 'GW_PEER_RESET')
  client.destroy()
})

t.test('refuses a message whose Header does not come before more than may be held', async (t) => {
  const scenario = await startScenario(t)
  // What is held ends with a whole piece of up to 64 KiB: the Header comes behind that too.
  const answer = await scenario.sendSouth(
    firmware.replace('<sr:Header>', `<!--${'x'.repeat(400_000)}--><sr:Header>`),
  )
  t.equal(problemCode(answer), 'GW_HEAD_TOO_LARGE')
  t.equal(scenario.dsp.begun, 0)
})

t.test('refuses a large message with more than may be held behind its root', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(hanging)
  const { client, answered } = beginPost(scenario.gateway.ports.southbound, { path: '/api/v1/serviceD' })
  client.end(firmware + ' '.repeat(400_000))
  t.equal(problemCode(await answered), 'GW_TOO_LARGE')
  t.equal(scenario.dsp.deliveries.length, 0)
})

t.test('lets white space behind the root go with the message it belongs to', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(200, ''))
  const message = `${firmware}${'\n'.repeat(100_000)}`
  t.equal((await scenario.sendSouth(message)).status, 200)
  t.equal(scenario.dsp.deliveries[0]?.body.toString(), message)
})

t.test(
  'carries a message whose end comes with the byte that makes it large, and white space behind it',
  async (t) => {
    const scenario = await startScenario(t)
    const message = `${firmwareUpdate(262_144)}${' '.repeat(100_000)}\n`
    const to = { path: '/api/v1/serviceD' }
    const { client, answered } = beginPost(scenario.gateway.ports.southbound, to)
    const end = message.lastIndexOf('>') + 1
    for (const piece of [message.slice(0, end - 10), message.slice(end - 10, end), message.slice(end)]) {
      await new Promise((resolve) => client.write(piece, resolve))
    }
    client.end()
    t.equal((await answered).status, 200)
    t.equal(scenario.dsp.deliveries[0]?.body.toString(), message)
  },
)

t.test('carries a body of small chunks byte for byte', async (t) => {
  const scenario = await startScenario(t)
  const message = firmwareUpdate(300_000)
  const { client, answered } = beginPost(scenario.gateway.ports.southbound, { path: '/api/v1/serviceD' })
  for (let from = 0; from < message.length; from += 97) {
    if (!client.write(message.slice(from, from + 97))) await once(client, 'drain')
  }
  client.end()
  t.equal((await answered).status, 200)
  t.equal(scenario.dsp.deliveries[0]?.body.toString(), message)
})

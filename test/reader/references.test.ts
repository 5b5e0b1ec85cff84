/** A ServiceReference belongs to the variant beside it, and to no other of the message. */
import t from 'tap'
import { ESME } from '../fixtures/message.ts'
import { smets1Registers, smets1Signed } from '../fixtures/northbound/parts.ts'
import { readWhole, summarise } from '../support/plans.ts'

const INNER_VARIANT = '<ra:ServiceReferenceVariant>4.11.2</ra:ServiceReferenceVariant>'
const LONE = '<sr:ServiceReference>4.11</sr:ServiceReference>'

function codesOf(header: string): string[] {
  const message = smets1Signed({ device: ESME, references: LONE, header, body: smets1Registers })
  const result = readWhole('northbound', Buffer.from(message))
  return result.ok ? summarise(result.facts).codes : [result.fault.text]
}

t.test(
  'a reference without variant stands for all it has, whatever variant the signed part names',
  async (t) => {
    t.same(codesOf(''), ['4.1.1', '4.11.1', '4.11.2'])
    t.same(codesOf(INNER_VARIANT), ['4.1.1', '4.11.1', '4.11.2'])
    t.same(codesOf(`<ra:ServiceReference>4.11</ra:ServiceReference>${INNER_VARIANT}`), [
      '4.1.1',
      '4.11.1',
      '4.11.2',
    ])
  },
)

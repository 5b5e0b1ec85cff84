/** Alert rules and dashboard ask for metrics that exist, with labels that they have; promtool agrees with the rules. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { METRICS, type MetricName } from '../../src/observe/metric-list.ts'

const FOLDER = fileURLToPath(new URL('../../deploy/', import.meta.url))
const SUFFIX = /_(?:bucket|count|sum)$/

/** Every duisgate_ selector of a text: the metric and the labels that it is narrowed by. */
function selectors(text: string): { metric: string; labels: string[] }[] {
  return [...text.matchAll(/(duisgate_[a-z_]+)(?:\{([^}]*)\})?/g)].map(([, metric = '', inside = '']) => ({
    metric: metric.replace(SUFFIX, ''),
    labels: [...inside.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, label = '']) => label),
  }))
}

function isMetric(name: string): name is MetricName {
  return name in METRICS
}

const OF_THE_SCRAPE = ['instance', 'job', 'le']

for (const file of ['prometheus/alerts.yaml', 'prometheus/alerts.test.yaml', 'grafana/duisgate.json'])
  t.test(`${file} names metrics and labels of the gateway`, async (t) => {
    const text = readFileSync(FOLDER + file, 'utf8').replaceAll('\\"', '"')
    const found = selectors(text)
    t.ok(found.length > 5)
    for (const { metric, labels } of found) {
      if (!isMetric(metric)) t.fail(`no metric is called ${metric}`)
      else {
        const known: readonly string[] = [...METRICS[metric].labels, ...OF_THE_SCRAPE]
        t.same(
          labels.filter((label) => !known.includes(label)),
          [],
          metric,
        )
      }
    }
  })

const skip =
  spawnSync('promtool', ['--version']).status === 0
    ? false
    : 'no promtool; it is in the Debian package prometheus'

t.test('promtool accepts the rules and their tests pass', { skip }, async (t) => {
  for (const words of [
    ['check', 'rules', 'alerts.yaml'],
    ['test', 'rules', 'alerts.test.yaml'],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', words, {
      cwd: `${FOLDER}prometheus`,
      encoding: 'utf8',
    })
    t.equal(status, 0, `${stdout}${stderr}`)
  }
})

t.test('every alert says what to do and whom it wakes', async (t) => {
  const text = readFileSync(`${FOLDER}prometheus/alerts.yaml`, 'utf8')
  const alerts = text.split(/^ {6}- alert: /m).slice(1)
  t.ok(alerts.length > 5)
  for (const alert of alerts) {
    t.match(alert, /labels: \{severity: (?:page|ticket)\}/)
    t.match(alert, /^ {10}action: "/m)
  }
})

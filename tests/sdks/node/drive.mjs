// Drives a Node SDK, unchanged, through stories; prints what it was told of each message.
// Takes the same plan on stdin as drivers/drive_python.py.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const plan = JSON.parse(readFileSync(0, 'utf8'))
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
const inCamel = (given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [camel(name), value]))
process.on('unhandledRejection', () => {}) // the callbacks say which message it was

async function segment({ key, url }) {
  const { Analytics } = await import('@segment/analytics-node')
  const analytics = new Analytics({ writeKey: key, host: url, flushAt: plan.batch, flushInterval: 200 })
  const told = { queued: [], delivered: [], failed: {} }
  const answers = []
  analytics.on('error', () => {})
  return {
    say: ({ call, ...given }) =>
      answers.push(
        new Promise((resolve) =>
          analytics[call](inCamel(given), (error, ctx) => {
            told.queued.push(ctx.event.messageId)
            if (error) told.failed[ctx.event.messageId] = String(error)
            else told.delivered.push(ctx.event.messageId)
            resolve()
          }),
        ),
      ),
    close: async () => {
      await Promise.all(answers)
      await analytics.closeAndFlush()
      return told
    },
  }
}

async function rudder({ key, url, gzip }) {
  const { default: Analytics } = await import('@rudderstack/rudder-sdk-node')
  const settings = { dataPlaneUrl: url, gzip, flushAt: plan.batch, flushInterval: 100, retryCount: 10, logLevel: 'fatal' }
  const analytics = new Analytics(key, { ...settings, errorHandler: () => {} })
  const told = { queued: [], delivered: [], failed: {} }
  const answers = []
  return {
    say: ({ call, ...given }) => {
      const messageId = randomUUID()
      told.queued.push(messageId)
      answers.push(
        new Promise((resolve) =>
          analytics[call]({ ...inCamel(given), messageId }, (error) => {
            if (error) told.failed[messageId] = String(error)
            else told.delivered.push(messageId)
            resolve()
          }),
        ),
      )
    },
    close: async () => {
      await Promise.all(answers)
      return told
    },
  }
}

async function posthog({ key, url, gzip }) {
  const { PostHog } = await import('posthog-node')
  const patience = { fetchRetryCount: 10, fetchRetryDelay: 300 }
  const settings = { host: url, flushAt: plan.batch, maxBatchSize: plan.batch, flushInterval: 100, ...patience }
  const client = new PostHog(key, { ...settings, disableCompression: !gzip })
  const queued = []
  const flushed = new Set()
  let trouble = ''
  for (const kind of ['capture', 'identify', 'alias', 'groupidentify']) client.on(kind, ({ uuid }) => queued.push(uuid))
  client.on('flush', (messages) => messages.forEach(({ uuid }) => flushed.add(uuid)))
  client.on('error', (error) => { if (error.status) trouble = String(error) })
  return {
    say: ({ call, ...told }) => {
      const given = inCamel(told)
      const distinctId = given.userId ?? given.anonymousId
      if (call === 'identify') {
        client.alias({ distinctId, alias: given.anonymousId })
        client.identify({ distinctId, properties: given.traits })
      } else if (call === 'alias') client.alias({ distinctId, alias: given.previousId })
      else if (call === 'group')
        client.groupIdentify({ groupType: 'company', groupKey: given.groupId, properties: given.traits, distinctId })
      else {
        const event = { page: '$pageview', screen: '$screen' }[call] ?? given.event
        client.capture({ distinctId, event, properties: given.properties })
      }
    },
    close: async () => {
      await client.shutdown(60_000).catch(() => {})
      const lost = trouble ? queued.filter((uuid) => !flushed.has(uuid)) : []
      const failed = Object.fromEntries(lost.map((uuid) => [uuid, trouble]))
      return { queued, delivered: queued.filter((uuid) => !(uuid in failed)), failed }
    },
  }
}

const open = { 'segment-node': segment, 'rudder-node': rudder, 'posthog-node': posthog }[plan.sdk]
const told = {}
await Promise.all(
  Object.entries(plan.ways).map(async ([name, way]) => {
    const client = await open(way)
    for (const call of way.calls) {
      client.say(call)
      await sleep(plan.pause_s * 1000)
    }
    told[name] = await client.close()
  }),
)
process.stdout.write(JSON.stringify(told), () => process.exit(0))

import Fastify from 'fastify'
import { pino } from 'pino'
import { v7 as uuid } from 'uuid'
import { storeMessages } from '../../db/messages.ts'
import { Account } from '../../schemas/account.ts'
import { buildApp } from '../../server/app.ts'
import { compose } from '../../server/compose.ts'
import { saveAccountDocument } from '../../server/operator/account/account-documents.ts'
import { readSettings } from '../../server/settings.ts'
import type { IngestAddresses, IngestTask } from './ingest.ts'

/**
 * The server under test, in a process of its own: our whole app without a worker, beside it a bare Fastify route, and our app
 * once more with a writer that commits each message by itself. `insert` messages measure the same commits without any HTTP.
 */
async function serve({ databaseUrl, account: document }: Extract<IngestTask, { kind: 'serve' }>) {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    SECRET_KEY: 'a bench key that is long enough for the ring',
    ALLOW_LOCAL_VENDORS: '1',
    ROLE: 'web',
  })
  const logger = pino({ level: 'silent' })
  const parts = await compose({ settings, logger, now: Date.now })
  const account = Account.parse(document)
  await saveAccountDocument({ ...parts, settings, now: Date.now, wake: () => undefined }, account, {
    by: { actor: 'bench', requestId: 'bench' },
  })
  const url = await parts.app.listen({ host: '127.0.0.1', port: 0 })

  const bare = Fastify({ logger: false })
  bare.post('/', async () => 'ok')
  const bareUrl = await bare.listen({ host: '127.0.0.1', port: 0 })
  const rows = await buildApp({
    ...parts,
    settings,
    logger,
    now: Date.now,
    wake: () => undefined,
    writer: {
      async keep(messages) {
        for (const message of messages) await storeMessages(parts.db, [message])
      },
      close: async () => undefined,
    },
  })
  const rowUrl = await rows.listen({ host: '127.0.0.1', port: 0 })

  async function insertOne(body: Buffer) {
    const now = Date.now()
    await storeMessages(parts.db, [
      {
        id: uuid(),
        account: 'bare',
        dedupeKey: uuid(),
        messageStub: null,
        path: '/',
        contentType: null,
        encoding: 'identity',
        body,
        bytes: body.length,
        requestId: '',
        receivedAt: now,
        state: 'unpacked',
        dueAt: now,
      },
    ])
  }

  process.on('message', (task: IngestTask) => {
    if (task.kind === 'insert')
      void (async () => {
        let count = 0
        const body = Buffer.from('x'.repeat(1300))
        const endsAt = performance.now() + task.seconds * 1000
        const loop = async () => {
          while (performance.now() < endsAt) {
            await insertOne(body)
            count += 1
          }
        }
        await Promise.all(Array.from({ length: task.connections }, loop))
        process.send?.(count / task.seconds)
      })()
    if (task.kind === 'end')
      void (async () => {
        await Promise.all([bare.close(), rows.close()])
        await parts.stop()
        process.disconnect()
      })()
  })
  const door = `/webhooks/cvent/${account.key}`
  const addresses: IngestAddresses = {
    url: `${url}${door}`,
    bareUrl,
    rowUrl: `${rowUrl}${door}`,
    token: account.cvent.webhookTokens[0] ?? '',
  }
  process.send?.(addresses)
}

process.once('message', (task: IngestTask) => {
  if (task.kind === 'serve') void serve(task)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { pino } from 'pino'
import { Account } from '../../schemas/account.ts'
import { Event } from '../../schemas/event.ts'
import { compose } from '../../server/compose.ts'
import { saveAccountDocument } from '../../server/operator/account/account-documents.ts'
import { saveEventDocument } from '../../server/operator/event/event-documents.ts'
import { readSettings } from '../../server/settings.ts'
import { openTokens } from '../../server/secrets/tokens.ts'
import type { BenchAddresses, BenchVendors } from './state.ts'

/**
 * The server under test, in a process of its own: our doors over a file database, and beside them a bare Fastify route with an
 * answer of the same size and a route that makes nothing but the IQA call, by the same client.
 */
async function serve({ account: document, parties }: BenchVendors): Promise<BenchAddresses> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-state-'))
  const settings = readSettings({
    DATABASE_URL: `sqlite:${join(folder, 'bench.db')}`,
    SECRET_KEY: 'a bench key that is long enough for the ring',
    ALLOW_LOCAL_VENDORS: '1',
  })
  const unlimited = { member: 1e9, address: 1e9, ticket: 1e9 }
  const parts = await compose({
    settings,
    logger: pino({ level: 'silent' }),
    now: Date.now,
    limits: unlimited,
  })
  const account = Account.parse(document)
  const by = { actor: 'bench', requestId: 'bench' }
  const deps = { ...parts, settings, now: Date.now, wake: () => undefined }
  await saveAccountDocument(deps, account, { by })
  const event = Event.parse({
    eventCode: 'WRN3DBTCMX9',
    meetingCode: 'AC2027',
    registrantsQuery: '$/Cvent/Bench',
  })
  await saveEventDocument(deps, account.key, event, { by })

  parts.app.get<{ Params: { partyId: string } }>('/iqa/:partyId', async ({ params }) => {
    const loaded = await parts.accounts.get(account.key)
    if (!loaded) throw new Error('the account is missing')
    return parts.vendors.imis(loaded).runQuery('$/Cvent/Bench', [params.partyId], { limit: 2 })
  })
  const url = await parts.app.listen({ host: '127.0.0.1', port: 0 })

  const tokens = openTokens({ ring: parts.ring, now: Date.now })
  const signed = await Promise.all(
    Array.from({ length: parties }, (_, index) =>
      tokens.signMember({ account: account.key, partyId: String(100_000 + index), userName: 'u' }),
    ),
  )
  const sample = await fetch(`${url}/v1/${account.key}/events/WRN3DBTCMX9/registration`, {
    headers: { authorization: `Bearer ${signed[0]?.token}` },
  })
  const answer: unknown = await sample.json()
  const bare = Fastify({ logger: false })
  bare.get('/', async () => answer)
  const bareUrl = await bare.listen({ host: '127.0.0.1', port: 0 })

  process.on('message', (said: 'cpu' | 'end') => {
    if (said === 'cpu') return process.send?.(process.cpuUsage())
    return void (async () => {
      await bare.close()
      await parts.stop()
      rmSync(folder, { recursive: true, force: true })
      process.disconnect()
    })()
  })
  return { url, bareUrl, tokens: signed.map(({ token }) => token) }
}

process.once('message', (vendors: BenchVendors) => {
  void serve(vendors).then((addresses) => process.send?.(addresses))
})

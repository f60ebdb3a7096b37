import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Account } from '../../schemas/account.ts'
import { Event } from '../../schemas/event.ts'
import { saveAccountDocument } from '../../server/operator/account/account-documents.ts'
import { saveEventDocument } from '../../server/operator/event/event-documents.ts'
import { DIALECTS } from '../databases.ts'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { startCvent } from '../sandbox/cvent/server.ts'
import { sandboxAccount, sandboxEvents } from '../sandbox/documents.ts'
import { startImis } from '../sandbox/imis/server.ts'
import { startServer, type TestServer } from '../start-server.ts'

const maren = {
  firstName: 'Maren',
  lastName: 'Oakfield',
  email: 'maren.oakfield@example.org',
  sourceId: '101',
}

/** A second association on the same server, with vendors of its own. */
async function addAssociation(server: TestServer, key: string) {
  const imis = await startImis()
  const cvent = await startCvent()
  onTestFinished(async () => void (await Promise.all([imis.close(), cvent.close()])))
  const account = Account.parse({ ...sandboxAccount(imis, cvent), key })
  const deps = { ...server, wake: server.worker.wake }
  const by = { actor: 'test', requestId: 'test' }
  await saveAccountDocument(deps, account, { by })
  for (const event of sandboxEvents())
    await saveEventDocument(deps, key, Event.parse(event), { by })
  await cvent.setWebhook({
    url: `${server.url}/webhooks/cvent/${key}`,
    token: account.cvent.webhookTokens[0] ?? '',
  })
  return { imis, cvent }
}

describe.each(DIALECTS)('on %s', (dialect) => {
  test('a sync that hangs in one association delays no other', async () => {
    const server = await startServer({ dialect, realTime: true, runWorker: true })
    const other = await addAssociation(server, 'other')
    for (let at = 0; at < 20; at += 1)
      await server.cvent.register({
        event: seededEvents.open,
        contact: { firstName: 'Many', lastName: `No ${at}`, email: `many${at}@example.org` },
      })
    server.cvent.switchboard.set({ route: 'POST /ea/attendees/filter', kind: 'hold' })
    await server.cvent.syncAttendees(seededEvents.open)
    await server.cvent.switchboard.held()

    await other.cvent.register({ event: seededEvents.open, contact: maren })

    await vi.waitFor(() => expect(other.imis.activitiesOf('101')).toHaveLength(1), 60_000)
    expect(server.cvent.switchboard.faults()).toHaveLength(1)
  })

  test('an instance that only answers leaves the work to one that only works', async () => {
    const web = await startServer({
      dialect,
      realTime: true,
      runWorker: true,
      env: { ROLE: 'web' },
    })
    await web.cvent.register({ event: seededEvents.open, contact: maren })
    const kept = await web.db.selectFrom('message').select('state').execute()
    expect(kept).toEqual([{ state: 'waiting' }])

    await startServer({
      realTime: true,
      runWorker: true,
      seed: false,
      databaseUrl: web.databaseUrl,
      vendors: web,
      env: { ROLE: 'worker' },
    })

    await vi.waitFor(() => expect(web.imis.activitiesOf('101')).toHaveLength(1), 60_000)
  })
})

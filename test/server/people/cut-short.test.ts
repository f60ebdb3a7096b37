import type { KyselyPlugin } from 'kysely'
import { expect, test, vi } from 'vitest'
import { addLogs } from '../../../db/logs.ts'
import { erasePerson } from '../../../server/people/erase-person.ts'
import { DIALECTS, type Dialect } from '../../databases.ts'
import { sandboxWebhookToken } from '../../sandbox/cvent/server.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startAdmin } from '../routes/admin/start-admin.ts'
import { CANARY, dumpOf, NEIGHBOUR, tablesHolding } from './canary.ts'

const HOUR_MS = 3_600_000
type Admin = Awaited<ReturnType<typeof startAdmin>>

/** The canary and a neighbour, registered and synced, with a log line of the canary's registration. */
async function arrange(options: { dialect?: Dialect; runWorker?: boolean } = {}) {
  const admin = await startAdmin(options)
  const registered = await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
  await admin.cvent.register({ event: seededEvents.open, contact: NEIGHBOUR })
  await admin.cvent.settled()
  await vi.waitFor(
    async () => {
      if (!options.runWorker) await admin.drain()
      expect(await statesOf(admin)).toEqual(['synced', 'synced'])
    },
    { timeout: 60_000 },
  )
  const { id } = await admin.db
    .selectFrom('registration')
    .select('id')
    .where('attendeeId', '=', registered.id)
    .executeTakeFirstOrThrow()
  await admin.accountLog.flush()
  const at = admin.now()
  await addLogs(admin.db, [
    {
      id: '0193a3c1-7b5e-7c3e-9a51-2f1f64d0b0aa',
      account: 'nasm',
      at,
      kind: 'cvent',
      level: 'info',
      code: 'seeded',
      text: `read ${CANARY.firstName} ${CANARY.lastName}`,
      trace: 't',
      eventCode: null,
      partyId: null,
      registrationId: id,
      messageId: null,
      durationMs: null,
      detail: null,
      dismissedAt: null,
    },
  ])
  return {
    admin,
    values: [...Object.values(CANARY).slice(0, 4), registered.confirmationNumber ?? ''],
  }
}

async function statesOf({ db }: Admin) {
  const rows = await db.selectFrom('registration').select('state').execute()
  return rows.map(({ state }) => state).toSorted()
}

/** Erases the canary, and dies so many statements after the one by which the registrations are followed no more. */
async function eraseAndDie({ db, now }: Admin, statements: number) {
  let left = Infinity
  const mortal: KyselyPlugin = {
    transformQuery({ node }) {
      left -= 1
      if (left < 0) throw new Error('the process is dead')
      const text = JSON.stringify(node)
      if (left === Infinity && node.kind === 'UpdateQueryNode' && text.includes('"wantedVersion"'))
        left = statements
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const dying = erasePerson({ db: db.withPlugin(mortal), now }, 'nasm', { partyId: '101' })
  return dying.then(
    () => 'done',
    () => 'dead',
  )
}

/** What comes in after the death, and names the person. */
async function receive(admin: Admin) {
  await fetch(`${admin.url}/webhooks/cvent/nasm`, {
    method: 'POST',
    headers: { authorization: sandboxWebhookToken },
    body: `not json at all: ${CANARY.email}`,
  })
}

test.each([0, 2, 4, 6, 7, 8, 10])(
  'an erasure that died %i statements after the person was followed no more is finished when it is asked for again',
  async (statements) => {
    const { admin, values } = await arrange()

    const first = await eraseAndDie(admin, statements)
    await receive(admin)
    await admin.drain()
    const again = await admin.post('/accounts/nasm/people/erase', { partyId: '101' })

    expect(first).toBe('dead')
    expect(again.status).toBe(200)
    await admin.accountLog.flush()
    expect(tablesHolding(await dumpOf(admin), values)).toEqual([])
    expect(await statesOf(admin)).toEqual(['erased', 'synced'])
  },
)

test.for(DIALECTS)(
  'an erasure that was cut short is finished within the hour by whichever worker runs (%s)',
  async (dialect) => {
    const { admin, values } = await arrange({ dialect, runWorker: true })
    // The first transaction is through: nothing follows the person any more, and their name still stands there.
    expect(await eraseAndDie(admin, 7)).toBe('dead')
    await receive(admin)
    await vi.waitFor(async () => expect(await statesOf(admin)).toEqual(['erased', 'synced']))
    expect(tablesHolding(await dumpOf(admin), values)).toEqual(
      expect.arrayContaining(['message', 'registration']),
    )

    admin.advance(HOUR_MS + 1000)

    await vi.waitFor(async () => expect(tablesHolding(await dumpOf(admin), values)).toEqual([]), {
      timeout: 60_000,
    })
    expect(await statesOf(admin)).toEqual(['erased', 'synced'])
  },
)

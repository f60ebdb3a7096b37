import { expect, test, vi } from 'vitest'
import { addLogs } from '../../../db/logs.ts'
import { useToken } from '../../../db/used-tokens.ts'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { sandboxAccount } from '../../sandbox/documents.ts'
import { startAdmin } from '../routes/admin/start-admin.ts'
import { CANARY, dumpOf, tablesHolding } from './canary.ts'

const DAY_MS = 86_400_000
const PATIENT = { timeout: 60_000 }

test.for(DIALECTS)(
  'the worker erases the data of a removed account when its days are over, and of no other before (%s)',
  async (dialect) => {
    const admin = await startAdmin({ dialect, runWorker: true })
    await admin.cvent.register({ event: seededEvents.open, contact: CANARY })
    await vi.waitFor(async () => {
      const rows = await admin.db.selectFrom('registration').select('state').execute()
      expect(rows).toEqual([{ state: 'synced' }])
    }, PATIENT)
    const soon = { ...sandboxAccount(admin.imis, admin.cvent), key: 'soon' }
    const retention = { removedAccountDays: 20 }
    expect((await admin.put('/accounts/soon', { ...soon, retention })).status).toBe(201)
    await addLogs(admin.db, [line('soon', 'of the other account', admin.now())])
    for (const account of ['nasm', 'soon'])
      expect((await admin.delete(`/accounts/${account}`)).status).toBe(204)
    const erased = async () => {
      const { body } = await admin.get('/removed-accounts')
      return body.items
        .filter(({ erasedAt }: { erasedAt: string | null }) => erasedAt !== null)
        .map(({ account }: { account: string }) => account)
        .toSorted()
    }

    admin.advance(29 * DAY_MS)
    await vi.waitFor(async () => expect(await erased()).toEqual(['soon']), PATIENT)
    const inTime = tablesHolding(await dumpOf(admin), [CANARY.lastName])
    admin.advance(DAY_MS + 1)
    await vi.waitFor(async () => expect(await erased()).toEqual(['nasm', 'soon']), PATIENT)

    expect(inTime).toContain('registration')
    const dump = await dumpOf(admin)
    expect(tablesHolding(dump, [CANARY.lastName, CANARY.email, 'of the other account'])).toEqual([])
    expect(tablesHolding(dump, ['"account":"nasm"', '"account":"soon"'])).toEqual([
      'removedaccount',
    ])
  },
)

test.for(DIALECTS)(
  'an account in which nothing happens has its maintenance every day (%s)',
  async (dialect) => {
    const admin = await startAdmin({ dialect, runWorker: true, events: [] })
    const marks = async () => {
      const lines = await admin.db
        .selectFrom('log')
        .select('text')
        .where('code', '=', 'old')
        .execute()
      const spent = await admin.db.selectFrom('usedtoken').select('digest').execute()
      return [...lines.map(({ text }) => text), ...spent.map(({ digest }) => digest.slice(0, 6))]
    }

    for (const day of ['first', 'second', 'third']) {
      const at = admin.now() - 91 * DAY_MS
      await addLogs(admin.db, [line('nasm', day, at)])
      await useToken(admin.db, day.padEnd(64, '0'), at, at)
      if (day !== 'first') admin.advance(DAY_MS)
      await vi.waitFor(async () => expect(await marks()).toEqual([]), PATIENT)
    }
  },
)

let lines = 0
function line(account: string, text: string, at: number) {
  lines += 1
  return {
    id: `0193a3c1-7b5e-7c3e-9a51-${String(lines).padStart(12, '0')}`,
    account,
    at,
    kind: 'system',
    level: 'info',
    code: 'old',
    text,
    trace: 't',
    eventCode: null,
    partyId: null,
    registrationId: null,
    messageId: null,
    durationMs: null,
    detail: null,
    dismissedAt: null,
  }
}

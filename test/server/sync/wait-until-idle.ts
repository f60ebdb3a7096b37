import { expect } from 'vitest'
import type { TestServer } from '../../start-server.ts'

/** Waits until nothing is due any more and nobody holds the account: no message, registration or reconcile is left to do. */
export async function waitUntilIdle(
  { db }: Pick<TestServer, 'db'>,
  timeoutMs = 90_000,
): Promise<void> {
  async function countLeft() {
    const now = Date.now()
    const counts = await Promise.all([
      db.selectFrom('message').select('id').where('state', '=', 'waiting').limit(1).execute(),
      db.selectFrom('registration').select('id').where('state', '=', 'waiting').limit(1).execute(),
      db
        .selectFrom('event')
        .select('eventCode')
        .where('enabled', '=', 1)
        .where('reconcileDueAt', '<=', now)
        .execute(),
      db.selectFrom('lease').select('name').where('leaseUntil', '>', now).execute(),
    ])
    return counts.flat().length
  }
  await expect.poll(countLeft, { timeout: timeoutMs, interval: 20 }).toBe(0)
}

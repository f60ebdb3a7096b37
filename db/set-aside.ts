import { setImmediate } from 'node:timers/promises'
import type { Transaction } from 'kysely'
import type { Database, Db, SetAsideRow } from './database.ts'
import { oneVersionMore } from './touches.ts'
import { HABITS } from './habits.ts'
import { endRuns } from './runs.ts'

/** Rows of one statement: the embedded database holds the process's main thread while it works. */
const ROWS_A_STATEMENT = 500

type Tx = Transaction<Database>

/**
 * Sets aside what belongs to the iMIS an account pointed to before: the ledger, the assignments and the staff, which name its
 * parties. Every registration forgets its party and is touched. A worker under way loses its lease, so that it stores
 * nothing of the old iMIS after this.
 */
export async function setAsideImis(tx: Tx, aside: SetAsideRow): Promise<void> {
  const { account, at } = aside
  await begin(tx, aside)
  await tx
    .updateTable('staff')
    .set({ account: keyOf(aside) })
    .where('account', '=', account)
    .execute()
  await inPages(tx, account, async (ids) => {
    await tx
      .updateTable('registration')
      .set({
        ...oneVersionMore(at),
        partyId: null,
        matchedBy: null,
        candidates: null,
        reason: null,
      })
      .where('state', '!=', 'erased')
      .where('id', 'in', ids)
      .execute()
  })
  await tx
    .deleteFrom('lastseen')
    .where('account', '=', account)
    .where((e) => e.or([e('what', 'like', 'sign-on%'), e('what', 'like', `${HABITS}%`)]))
    .execute()
  await forgetVendor(tx, account, 'imis')
  await tx
    .updateTable('event')
    .set({ orphansCheckedAt: null })
    .where('account', '=', account)
    .execute()
  await tx.updateTable('account').set({ imisSince: at }).where('account', '=', account).execute()
}

/**
 * Sets aside what belongs to the Cvent account an account pointed to before: its registrations with what was written for
 * them, without names and addresses; assignments, which name its contacts; and what was learnt of its events, which are
 * read anew. What stands in iMIS stays there.
 */
export async function setAsideCvent(tx: Tx, aside: SetAsideRow): Promise<void> {
  const { account, at } = aside
  await begin(tx, aside)
  await inPages(tx, account, async (ids) => {
    await tx
      .updateTable('registration')
      .set({
        account: keyOf(aside),
        state: 'set-aside',
        firstName: null,
        lastName: null,
        email: null,
        confirmationNumber: null,
        searchText: null,
        snapshot: null,
        candidates: null,
        updatedAt: at,
      })
      .where('id', 'in', ids)
      .execute()
  })
  await tx.deleteFrom('unknownevent').where('account', '=', account).execute()
  await tx
    .updateTable('message')
    .set({ state: 'unpacked', reason: 'of the Cvent account before', dismissedAt: at })
    .where('account', '=', account)
    .where('state', 'in', ['waiting', 'dead'])
    .execute()
  await tx
    .updateTable('event')
    .set({
      eventStub: null,
      snapshot: null,
      snapshotAt: null,
      reconciledTo: null,
      reconcileCursor: null,
      reconcileUnread: null,
      reconcileDueAt: at,
      reconciledAt: null,
      reconcileAttempt: 0,
      reconcileReason: null,
      orphansCheckedAt: null,
      lastMessageAt: null,
    })
    .where('account', '=', account)
    .execute()
  await forgetVendor(tx, account, 'cvent')
}

/** Whether rows are left of an account of that key that was removed: a new one of the same key would take them for its own. */
export async function hasLeftovers(db: Db, account: string): Promise<boolean> {
  for (const table of ['registration', 'ledger', 'assignment'] as const) {
    const row = await db
      .selectFrom(table)
      .select('account')
      .where('account', '=', account)
      .limit(1)
      .executeTakeFirst()
    if (row) return true
  }
  return false
}

/** Takes the lease on an account from whoever holds it: what was under way for it is stored no more. */
export async function endLease(db: Db, account: string): Promise<void> {
  await db
    .updateTable('lease')
    .set((e) => ({ fence: e('fence', '+', 1), owner: '', leaseUntil: 0 }))
    .where('name', '=', `account:${account}`)
    .execute()
}

/** Returns what replaces an account's key on rows that were set aside; no account can be called so. */
export function keyOf({ id }: Pick<SetAsideRow, 'id'>): string {
  return `~${id}`
}

/** Begins a set-aside: its row, the end of what is under way, and the ledger and the assignments with their rows. */
async function begin(tx: Tx, aside: SetAsideRow) {
  await tx.insertInto('setaside').values(aside).execute()
  // What waits to be done for a party or at Cvent was meant for the one before.
  for (const table of ['partycontact', 'handoffplace'] as const)
    await tx.deleteFrom(table).where('account', '=', aside.account).execute()
  await endLease(tx, aside.account)
  await endRuns(tx, aside.account, undefined, 'The account was pointed elsewhere.', aside.at)
  await moveLedger(tx, aside)
  await tx
    .updateTable('assignment')
    .set({ account: keyOf(aside) })
    .where('account', '=', aside.account)
    .execute()
}

async function moveLedger(tx: Tx, aside: SetAsideRow) {
  for (;;) {
    const rows = await tx
      .selectFrom('ledger')
      .select('id')
      .where('account', '=', aside.account)
      .limit(ROWS_A_STATEMENT)
      .execute()
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id)
    await tx
      .updateTable('ledger')
      .set({ account: keyOf(aside), properties: null })
      .where('id', 'in', ids)
      .execute()
    await setImmediate()
  }
}

async function inPages(tx: Tx, account: string, work: (ids: string[]) => Promise<void>) {
  for (let after = ''; ;) {
    const rows = await tx
      .selectFrom('registration')
      .select('id')
      .where('account', '=', account)
      .where('id', '>', after)
      .orderBy('id')
      .limit(ROWS_A_STATEMENT)
      .execute()
    const ids = rows.map(({ id }) => id)
    const last = ids.at(-1)
    if (last === undefined) return
    await work(ids)
    after = last
    await setImmediate()
  }
}

/** How often the vendor failed, and how many of its calls were used, say nothing about another one. */
async function forgetVendor(tx: Tx, account: string, vendor: 'imis' | 'cvent') {
  for (const table of ['circuitbreaker', 'callquota'] as const)
    await tx.deleteFrom(table).where('account', '=', account).where('vendor', '=', vendor).execute()
}

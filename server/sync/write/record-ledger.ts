import { v7 as uuid } from 'uuid'
import type { Db, LedgerRow } from '../../../db/database.ts'
import { addLedger, setLedger } from '../../../db/ledger.ts'
import { askForOrphanCheck } from '../../../db/due/reconciles.ts'
import { Fault } from '../../errors.ts'
import type { RecordOf } from './find-activity.ts'
import { hashOf } from './plan-writes.ts'
import type { SyncJob } from '../worker/job.ts'
import type { WantedActivity } from '../wanted/wanted.ts'

/** A write that has failed for this long without a clear answer needs a person. */
const TRIED_MS = 86_400_000

/**
 * Waits for an unanswered write: until its deadline and the settle time are over it may still have its effect.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` with `retryAt` while it is too early
 */
export function waitToSettle(job: SyncJob, row: Pick<LedgerRow, 'intendedAt'>): void {
  const settledAt = row.intendedAt + job.deadlineMs + job.settleMs
  if (job.now() < settledAt)
    throw new Fault('VENDOR_UNAVAILABLE', 'waiting whether an unanswered write reached iMIS', {
      mayHaveHappened: true,
      retryAt: settledAt,
    })
}

/** Stores in the ledger while the lease is checked and renewed. @throws LeaseLost */
export function store(job: SyncJob, change: (tx: Db) => Promise<void>): Promise<void> {
  return job.fenced(change)
}

/** Stores that a row is about to be written; the lease is checked and renewed with it, right before the write. */
export async function intend(
  job: SyncJob,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow | undefined,
  seqn: string | undefined,
): Promise<LedgerRow> {
  const now = job.now()
  const isRepeated = row?.state === 'intended'
  const intent = {
    id: row?.id ?? uuid(),
    account: job.account,
    registrationId: of.registrationId,
    ledgerKey: wanted.ledgerKey,
    kind: wanted.kind,
    partyId: wanted.partyId,
    attendeeId: wanted.attendeeId,
    itemId: wanted.itemId ?? null,
    contactStub: wanted.contactStub ?? null,
    standing: wanted.standing,
    activityType: wanted.type,
    productCode: wanted.productCode,
    state: 'intended',
    seqn: seqn ?? null,
    properties: null,
    hash: null,
    intendedHash: hashOf(wanted.properties),
    intendedAt: now,
    triedSince: isRepeated ? (row.triedSince ?? now) : now,
    writtenAt: null,
    missingAt: null,
  }
  await store(job, async (tx) => {
    await (row ? setLedger(tx, row.id, intent) : addLedger(tx, intent))
    // Written a second time: the first may still come, and the next orphan check sees whether it did.
    if (isRepeated) await askForOrphanCheck(tx, job.account, of.eventCode)
  })
  return intent
}

/**
 * Sends one write. When it was refused, or never sent, `undo` puts the ledger back. A write that may have happened stays
 * open; after a day of tries it is given to a person, because what fails only this row would be tried for ever.
 *
 * @throws Fault of the write; `VENDOR_REFUSED` after a day
 */
export async function sendWrite<Done>(
  job: SyncJob,
  triedSince: number | null,
  send: () => Promise<Done>,
  undo: (tx: Db) => Promise<void>,
): Promise<Done> {
  try {
    return await send()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (!error.mayHaveHappened) {
      await store(job, undo)
      throw error
    }
    if (job.now() - (triedSince ?? job.now()) < TRIED_MS) throw error
    throw new Fault('VENDOR_REFUSED', `iMIS has failed this write for a day: ${error.message}`, {
      vendor: 'imis',
      ...(error.status === undefined ? {} : { status: error.status }),
      cause: error,
    })
  }
}

/** What the ledger says of a row that iMIS holds as it is wanted. */
export function written(wanted: WantedActivity, seqn: string, now: number) {
  const hash = hashOf(wanted.properties)
  return {
    state: 'written',
    seqn,
    kind: wanted.kind,
    standing: wanted.standing,
    contactStub: wanted.contactStub ?? null,
    activityType: wanted.type,
    productCode: wanted.productCode,
    properties: JSON.stringify(wanted.properties),
    hash,
    intendedHash: hash,
    triedSince: null,
    writtenAt: now,
    missingAt: null,
  }
}

/** What the ledger says of a row of which nothing stands in iMIS any more, by our own doing or a restore's. */
export function ended(now: number) {
  return { state: 'deleted', standing: 'cancelled', triedSince: null, missingAt: now }
}

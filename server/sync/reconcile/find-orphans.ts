import type { EventRow } from '../../../db/database.ts'
import { ledgerOfEvent, type LedgerOfEvent } from '../../../db/ledger.ts'
import { registrationsOfAttendees } from '../../../db/registrations.ts'
import { Fault, isPassing } from '../../errors.ts'
import type { Activity } from '../../imis/imis.ts'
import { keyOf } from '../write/find-activity.ts'
import { reasonOf } from '../worker/retry-policy.ts'
import type { SyncJob } from '../worker/job.ts'

/** A list of the event's rows costs iMIS a page for 500 of them, so it is read once a day. */
const SWEPT_FRESH_MS = 24 * 3_600_000
/** How many numbers stand in a line of the account log, and in what is kept with it. */
const SEQNS_NAMED = 20
const SEQNS_KEPT = 1000
/** What every key of ours begins with, and the attendee it names. */
const KEY = /^cvent:([^:]+)/

/**
 * Compares the rows iMIS holds for an event with the ledger, when that is due, and tells the account log of each that bears a key
 * of ours and is not the one we keep: a worker that was frozen between its last check and its write, or a write that iMIS
 * finished after we had given it up, leaves such a row. Nothing is changed in iMIS; a person deletes what is too much.
 *
 * @returns when the event was swept; undefined when it was not due, or iMIS could not be asked now and is asked again at
 *   the next reconcile
 * @throws LeaseLost
 */
export async function checkOrphansIfDue(
  job: SyncJob,
  { eventCode, orphansCheckedAt }: EventRow,
  isFull: boolean,
): Promise<number | undefined> {
  const startedAt = job.now()
  if (!isFull && orphansCheckedAt !== null && startedAt - orphansCheckedAt < SWEPT_FRESH_MS)
    return undefined
  try {
    await findOrphans(job, eventCode)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    job.log({
      code: 'orphan-check-rescheduled',
      text: `The event's rows in iMIS could not be compared: ${reasonOf(error)}`,
      eventCode,
    })
    // What iMIS refuses now it refuses at the next reconcile too.
    if (isPassing(error)) return undefined
  }
  return startedAt
}

async function findOrphans(job: SyncJob, eventCode: string) {
  const ledger = await ledgerOfEvent(job.db, job.account, eventCode)
  const kept = new Set(ledger.map(({ seqn }) => seqn))
  const rows = new Map(ledger.map((row) => [`${row.partyId}\n${keyOf(row)}`, row]))
  const lists = Map.groupBy(ledger, ({ activityType, productCode }) =>
    JSON.stringify([activityType, productCode]),
  )
  for (const [first] of lists.values()) {
    if (!first || job.isStopping()) return
    const search = { type: first.activityType, productCode: first.productCode }
    const strays = await straysOf(job, search, kept)
    for (const [at, [stray, ...others]] of strays)
      if (stray) await report(job, eventCode, rows.get(at), [stray, ...others])
  }
}

/** The rows of one list that bear a key of ours and are not kept, by party and key; the list is read page by page. */
async function straysOf(
  job: SyncJob,
  search: { type: string; productCode: string },
  kept: Set<string | null>,
): Promise<Map<string, Stray[]>> {
  const strays = new Map<string, Stray>()
  for (let offset: number | undefined = 0; offset !== undefined && !job.isStopping();) {
    const page: { activities: Activity[]; next: number | undefined } = await job.keeping(
      job.imis.activityPage(search, offset, job.bulkCall),
    )
    for (const stray of page.activities.flatMap((activity) => strayOf(activity, kept)))
      strays.set(stray.seqn, stray)
    offset = page.next
  }
  return Map.groupBy(strays.values(), ({ partyId, key }) => `${partyId}\n${key}`)
}

interface Stray {
  key: string
  attendeeId: string
  partyId: string
  productCode: string
  seqn: string
}

function strayOf({ seqn, partyId, properties }: Activity, kept: Set<string | null>): Stray[] {
  if (kept.has(seqn)) return []
  const key = Object.values(properties).find((value) => KEY.test(value))
  const attendeeId = key && KEY.exec(key)?.[1]
  if (key === undefined || attendeeId === undefined) return []
  return [{ key, attendeeId, partyId, productCode: properties['PRODUCT_CODE'] ?? '', seqn }]
}

async function report(
  job: SyncJob,
  eventCode: string,
  row: LedgerOfEvent | undefined,
  [first, ...others]: [Stray, ...Stray[]],
) {
  const { key, attendeeId, partyId, productCode } = first
  // Whether an unanswered write reached iMIS is settled by the registration itself, which then keeps the row.
  if (row && row.seqn === null) return
  const [registration] = await registrationsOfAttendees(job.db, job.account, [attendeeId])
  // Another installation's, or an event's from before this one.
  if (!registration) return
  const seqns = [first, ...others].map(({ seqn }) => seqn)
  const listed = seqns.slice(0, SEQNS_NAMED).join(', ')
  const more = seqns.length > SEQNS_NAMED ? ` and ${seqns.length - SEQNS_NAMED} more` : ''
  const named = `${seqns.length === 1 ? 'activity' : 'activities'} ${listed}${more}`
  job.log({
    kind: 'imis',
    level: 'warning',
    code: row ? 'activity-twice' : 'activity-unknown',
    text: row
      ? `iMIS ID ${partyId} has more than one row for ${productCode} with the same key: ${row.seqn ?? ''} is kept up to date; delete ${named} in iMIS`
      : `iMIS ID ${partyId} has a row for ${productCode} that bears our key but is not one we keep: ${named}`,
    eventCode,
    partyId,
    registrationId: registration.id,
    detail: { key, productCode, kept: row?.seqn ?? null, seqns: seqns.slice(0, SEQNS_KEPT) },
  })
}

import { wasNeverIn } from '../../../db/attendee-status.ts'
import type { EventRow, RegistrationRow } from '../../../db/database.ts'
import { LeaseLost } from '../../../db/leases.ts'
import { setReconcileCursor } from '../../../db/due/reconciles.ts'
import { registrationsOfAttendees } from '../../../db/registrations.ts'
import { doubtDeleted, touch, type Touch } from '../../../db/touches.ts'
import type { Attendee, CallOptions, ListPlace, OrderItem, SetAside } from '../../cvent/cvent.ts'
import { Fault, isPassing } from '../../errors.ts'
import { isForbidden } from '../worker/ask-halving.ts'
import { inSliceOf } from '../worker/in-slice.ts'
import { snapshotOfRegistration } from '../known-attendee.ts'
import { namelessOf } from '../set-aside.ts'
import type { SyncJob } from '../worker/job.ts'
import { listedSince } from './unread.ts'

/** A list that was interrupted goes on where it was for as long as this; how long Cvent keeps a place is not documented. */
const CURSOR_FRESH_MS = 6 * 3_600_000
const ROWS_AT_ONCE = 200

/** How far the list of an event's attendees was read. `since` undefined: everybody. */
export interface Listing {
  startedAt: number
  since: number | undefined
  /** Everybody who is listed is touched, and not only those of whom we know less than Cvent. */
  isFull: boolean
  place: ListPlace | undefined
  seen: number
  touched: number
  odd: number
  /** Elements that could not be read and do not say whose they are. */
  nameless: number
}

/**
 * Touches the attendees that Cvent lists as changed since the last reconcile, page by page. A list that is interrupted goes on
 * from the page it had come to.
 *
 * @throws Fault of Cvent, with the place kept; LeaseLost
 */
export async function touchListed(
  job: SyncJob,
  row: EventRow,
  eventStub: string,
  startedAt: number,
  call: CallOptions,
): Promise<Listing> {
  const anew = {
    startedAt,
    since: listedSince(row, startedAt),
    isFull: row.reconciledTo === null,
    place: undefined,
    seen: 0,
    touched: 0,
    odd: 0,
    nameless: 0,
  }
  const listing = cursorOf(row, startedAt) ?? anew
  try {
    await readPages(job, row, eventStub, listing, call)
    return listing
  } catch (error) {
    if (error instanceof LeaseLost || !(error instanceof Fault)) throw error
    const isStale = listing.place !== undefined && !isPassing(error) && !isForbidden(error)
    const cursor = isStale || listing.place === undefined ? null : JSON.stringify(listing)
    await job.fenced((tx) => setReconcileCursor(tx, row, cursor))
    if (!isStale) throw error
    // Cvent no longer knows the place: the list is read from its first page.
    await readPages(job, row, eventStub, anew, call)
    return anew
  }
}

function cursorOf({ reconcileCursor }: EventRow, now: number): Listing | undefined {
  if (reconcileCursor === null) return undefined
  // Written above.
  const listing = JSON.parse(reconcileCursor) as Listing
  return now - listing.startedAt < CURSOR_FRESH_MS ? listing : undefined
}

async function readPages(
  job: SyncJob,
  row: EventRow,
  eventStub: string,
  listing: Listing,
  call: CallOptions,
) {
  const { since, isFull } = listing
  const pages = job.cvent.attendeesOfEvent(eventStub, since, call, listing.place)
  const each = pages[Symbol.asyncIterator]()
  // A page may be waited for longer than a lease lasts.
  for (let next = await job.keeping(each.next()); !next.done;) {
    const { items, setAside, next: place } = next.value
    listing.seen += items.length + setAside.length
    listing.odd += setAside.length
    listing.nameless += namelessOf(setAside)
    listing.touched += await touchChanged(job, row.eventCode, items, isFull)
    listing.touched += await touchOdd(job, row.eventCode, eventStub, setAside)
    listing.place = place
    next = await job.keeping(each.next())
  }
}

/** Touches those of a page of which we know less than Cvent, or with `isFull` everybody who is, or was, in. */
async function touchChanged(job: SyncJob, eventCode: string, page: Attendee[], isFull: boolean) {
  const rows = await rowsOf(
    job,
    page.map(({ attendeeId }) => attendeeId),
  )
  const changed = page.filter((attendee) => {
    const row = rows.get(attendee.attendeeId)
    if (!row) return !wasNeverIn(attendee)
    return row.state !== 'erased' && (isFull || !isKnown(row, attendee))
  })
  const ids = changed.map(({ attendeeId }) => attendeeId)
  // Whoever is listed is there: an answer that leaves them out now is no longer taken for Cvent's word.
  const deleted = ids.filter((id) => rows.get(id)?.status === 'Deleted')
  if (deleted.length > 0)
    await inSliceOf(job)((tx) => doubtDeleted(tx, job.account, deleted, job.now()))
  return touchAll(
    job,
    changed.map(({ attendeeId, eventStub }) => ({ attendeeId, eventStub, eventCode })),
  )
}

/** Cvent lists an attendee for any change of what it says of them, so that its moment alone decides. */
function isKnown(row: RegistrationRow, { modifiedAt, status, eventStub }: Attendee) {
  return (
    row.modifiedAt !== null &&
    row.modifiedAt === modifiedAt &&
    row.status === status &&
    row.eventStub === eventStub
  )
}

/** Touches those whom the list holds in a form that cannot be read: each is read again by its id. */
async function touchOdd(job: SyncJob, eventCode: string, eventStub: string, odd: SetAside[]) {
  const ids = odd.flatMap(({ attendeeId }) => attendeeId ?? [])
  return touchAll(
    job,
    ids.map((attendeeId) => ({ attendeeId, eventStub, eventCode })),
  )
}

/**
 * Touches the attendees whose order items changed since: no message tells of a payment. Without the right to read order
 * items there is nothing to touch.
 *
 * @returns how many were touched, and how many items could not be read and do not say whose they are
 * @throws Fault of Cvent; LeaseLost
 */
export async function touchPaid(
  job: SyncJob,
  eventCode: string,
  eventStub: string,
  since: number,
  call: CallOptions = job.bulkCall,
): Promise<{ touched: number; nameless: number }> {
  try {
    const list = await job.keeping(job.cvent.changedOrderItems(eventStub, since, call))
    const items = Map.groupBy(list.items, ({ attendeeId }) => attendeeId)
    const odd = list.setAside.flatMap(({ attendeeId }) => attendeeId ?? [])
    const rows = await rowsOf(job, [...items.keys()])
    const paid = [...items].filter(([attendeeId, some]) => {
      const known = rows.get(attendeeId)
      if (known?.state === 'erased') return false
      return !known || !areKnown(some, snapshotOfRegistration(known)?.items ?? [])
    })
    const ids = new Set([...paid.map(([attendeeId]) => attendeeId), ...odd])
    const touched = await touchAll(
      job,
      [...ids].map((attendeeId) => ({ attendeeId, eventStub, eventCode })),
    )
    return { touched, nameless: namelessOf(list.setAside) }
  } catch (error) {
    if (isForbidden(error)) return { touched: 0, nameless: 0 }
    throw error
  }
}

function areKnown(items: OrderItem[], known: OrderItem[]) {
  const said = new Set(known.map(shown))
  return items.every((item) => said.has(shown(item)))
}

/** What a row in iMIS says of an order item; the code of its product is read elsewhere. */
function shown(item: OrderItem) {
  const { itemId, productId, name, quantity, isActive, orderType } = item
  const { amountOrderedCents, amountPaidCents, amountDueCents } = item
  return JSON.stringify([
    [itemId, productId, name, quantity, isActive, orderType],
    [amountOrderedCents, amountPaidCents, amountDueCents],
  ])
}

async function rowsOf(job: SyncJob, ids: string[]): Promise<Map<string, RegistrationRow>> {
  const rows = new Map<string, RegistrationRow>()
  for (let at = 0; at < ids.length; at += ROWS_AT_ONCE)
    for (const row of await registrationsOfAttendees(
      job.db,
      job.account,
      ids.slice(at, at + ROWS_AT_ONCE),
    ))
      rows.set(row.attendeeId, row)
  return rows
}

/** Touches attendees of an event's own list: Cvent itself says that they are in it. */
async function touchAll(job: SyncJob, touches: Touch[]) {
  if (touches.length === 0) return 0
  const inSlice = inSliceOf(job)
  const read = touches.map((one) => ({ ...one, isEventRead: true }))
  for (let at = 0; at < read.length; at += ROWS_AT_ONCE)
    await inSlice((tx) => touch(tx, job.account, read.slice(at, at + ROWS_AT_ONCE), job.now()))
  return touches.length
}

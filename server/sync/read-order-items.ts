import type { Claimed } from '../../db/registration-claims.ts'
import { countOfEvent } from '../../db/registrations.ts'
import type { Attendee, Listed, OrderItem } from '../cvent/cvent.ts'
import { touchPaid } from './reconcile/touch-changed.ts'
import { SKEW_MS } from './reconcile/unread.ts'
import type { SyncedEvent } from './reconcile/event-snapshot.ts'
import type { Fault } from '../errors.ts'
import { askHalving, isForbidden, isOfAll, type Failed } from './worker/ask-halving.ts'
import { reasonOf } from './worker/retry-policy.ts'
import type { Reading } from './read-attendees.ts'
import { refuseNameless, unreadableOf } from './set-aside.ts'
import type { SyncJob } from './worker/job.ts'

/** From here on one read of all the event's order items may cost less than one read for each slice. */
const MANY = 300
/** What one pass over the due registrations of an account keeps between its slices. */
export interface Pass {
  /** How many of the pass's registrations each event has, by Cvent's ID of it. */
  claimed: Map<string, number>
  /** Order items that were read for a whole event, by Cvent's ID of it; undefined when that failed. */
  bulk: Map<string, BulkItems | undefined>
  /** Events whose order items we may not read. */
  forbidden: Set<string>
  /** Attendees asked for by themselves so far. */
  probes: number
  /** An answer left out an attendee that Cvent does have. */
  isListWrong: boolean
}

interface BulkItems {
  eventCode: string
  readAt: number
  items: ItemsOf
}

/** Order items by attendee, and why some attendees' are not whole. */
interface ItemsOf {
  byAttendee: Map<string, OrderItem[]>
  odd: Map<string, Fault>
}

/** Begins a pass over these registrations. */
export function startPass(claims: Claimed[]): Pass {
  const claimed = new Map<string, number>()
  for (const { eventStub } of claims)
    if (eventStub !== null) claimed.set(eventStub, (claimed.get(eventStub) ?? 0) + 1)
  return { claimed, bulk: new Map(), forbidden: new Set(), probes: 0, isListWrong: false }
}

/** A reading with its order items; undefined: we may not read them, and never did. */
export type Itemized = Reading & { items: OrderItem[] | undefined }

/**
 * Reads the order items of attendees of one event: after the attendees, so that they are never older than the attendee they
 * are stored with. Without the right to read them they stay as they were read last.
 *
 * @throws as `askHalving`
 */
export async function readItems(
  job: SyncJob,
  event: SyncedEvent,
  readings: Reading[],
  pass: Pass,
): Promise<{ itemized: Itemized[]; failed: Failed<Claimed>[] }> {
  const { eventStub } = event
  const bulk = await bulkItems(job, event, pass)
  const alone = readings.filter(({ attendee }) => attendee && !isCovered(bulk, attendee))
  const read: ItemsOf = { byAttendee: new Map(), odd: new Map() }
  const failures = new Map<Reading, Failed<Reading>>()
  if (!pass.forbidden.has(eventStub)) {
    const { answers, failed } = await askHalving(job, alone, (some) =>
      itemsOf(job, eventStub, some),
    )
    for (const { byAttendee, odd } of answers) {
      for (const [id, items] of byAttendee) read.byAttendee.set(id, items)
      for (const [id, fault] of odd) read.odd.set(id, fault)
    }
    for (const one of failed)
      if (isForbidden(one.error)) forbid(job, event, pass)
      else failures.set(one.thing, one)
  }
  const isAlone = new Set(alone)
  const itemized: Itemized[] = []
  const failed: Failed<Claimed>[] = []
  for (const reading of readings) {
    const { attendeeId } = reading.claim
    const failure = failures.get(reading)
    const from = isAlone.has(reading) ? read : bulk?.items
    const error = from?.odd.get(attendeeId)
    if (failure) failed.push({ ...failure, thing: reading.claim })
    else if (pass.forbidden.has(eventStub) || !from)
      itemized.push({ ...reading, items: reading.known?.items })
    else if (error) failed.push({ thing: reading.claim, error, isOwn: true })
    else itemized.push({ ...reading, items: from.byAttendee.get(attendeeId) ?? [] })
  }
  return { itemized, failed }
}

/** Items read for the whole event count only for attendees that have not changed since. */
function isCovered(bulk: BulkItems | undefined, { modifiedAt }: Pick<Attendee, 'modifiedAt'>) {
  return bulk !== undefined && modifiedAt !== undefined && modifiedAt <= bulk.readAt
}

/**
 * Touches the attendees whose order items changed while those of the whole event were in hand: a payment does not change
 * the attendee, and Cvent's clock may differ from ours. Where that cannot be asked, the next reconcile does.
 *
 * @throws as `askHalving`
 */
export async function endPass(job: SyncJob, pass: Pass): Promise<void> {
  for (const [eventStub, bulk] of pass.bulk) {
    if (!bulk || job.isStopping()) continue
    try {
      await touchPaid(job, bulk.eventCode, eventStub, bulk.readAt - SKEW_MS)
    } catch (error) {
      if (isOfAll(job, error)) throw error
    }
  }
}

/** The items of those read, asked for by their primaries: a guest's stand under the primary. */
async function itemsOf(job: SyncJob, eventStub: string, readings: Reading[]): Promise<ItemsOf> {
  const primaries = new Set(
    readings.map(({ claim, attendee }) => attendee?.primaryId ?? claim.attendeeId),
  )
  const list = await job.keeping(job.cvent.orderItems(eventStub, [...primaries], job.bulkCall))
  return sorted(list)
}

/** @throws Fault when an item that cannot be read does not say whose it is: it may belong to any of those asked for */
function sorted({ items, setAside }: Listed<OrderItem>): ItemsOf {
  refuseNameless(setAside)
  return {
    byAttendee: Map.groupBy(items, ({ attendeeId }) => attendeeId),
    odd: unreadableOf([], { items: [], setAside: [] }, setAside),
  }
}

async function bulkItems(job: SyncJob, event: SyncedEvent, pass: Pass) {
  const { eventStub } = event
  const claimed = pass.claimed.get(eventStub) ?? 0
  if (claimed < MANY || pass.forbidden.has(eventStub)) return undefined
  if (pass.bulk.has(eventStub)) return pass.bulk.get(eventStub)
  pass.bulk.set(eventStub, undefined)
  if (claimed * 2 < (await countOfEvent(job.db, job.account, eventStub))) return undefined
  const readAt = job.now()
  try {
    const list = await job.keeping(job.cvent.orderItems(eventStub, 'all', job.bulkCall))
    const { eventCode } = event.event
    pass.bulk.set(eventStub, { eventCode, readAt, items: sorted(list) })
    job.log({
      code: 'order-items-read',
      text: `All order items of the event were read: ${list.items.length}, for ${claimed} registrations`,
      eventCode: event.event.eventCode,
      durationMs: job.now() - readAt,
    })
  } catch (error) {
    if (isOfAll(job, error)) throw error
    if (isForbidden(error)) forbid(job, event, pass)
    else noteItems(job, event, `All order items of the event could not be read: ${reasonOf(error)}`)
  }
  return pass.bulk.get(eventStub)
}

function forbid(job: SyncJob, event: SyncedEvent, pass: Pass) {
  if (pass.forbidden.has(event.eventStub)) return
  pass.forbidden.add(event.eventStub)
  noteItems(
    job,
    event,
    'Cvent does not let us read order items (scope event/orders:read): registrations are written without amounts and functions',
  )
}

function noteItems(job: SyncJob, { event }: SyncedEvent, text: string) {
  job.log({
    code: 'order-items-unread',
    text,
    eventCode: event.eventCode,
  })
}

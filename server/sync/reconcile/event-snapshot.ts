import type { EventRow } from '../../../db/database.ts'
import { findEventByStub, learnEvent } from '../../../db/events.ts'
import { askForRewrite } from '../../../db/due/rewrites.ts'
import { forgetUnknownEvent } from '../../../db/unknown-events.ts'
import { Event } from '../../../schemas/event.ts'
import type { CventEvent } from '../../cvent/cvent.ts'
import type { SyncJob } from '../worker/job.ts'
import { isEventCancelled } from '../wanted/wanted.ts'

/** A configured event that is followed, with what Cvent last said of it. */
export interface SyncedEvent {
  event: Event
  eventStub: string
  cventEvent: CventEvent | undefined
}

/** Returns the enabled event behind Cvent's ID of it; undefined when nobody configured it, or it is switched off. */
export async function eventOfStub(
  job: SyncJob,
  eventStub: string,
): Promise<SyncedEvent | undefined> {
  const row = await findEventByStub(job.db, job.account, eventStub)
  if (!row || row.enabled === 0) return undefined
  return {
    event: Event.parse(JSON.parse(row.document)),
    eventStub,
    cventEvent: snapshotOf(row),
  }
}

/** What Cvent said of the event when it was last read. */
export function snapshotOf(row: Pick<EventRow, 'snapshot'>): CventEvent | undefined {
  // Written by learn() below from a CventEvent.
  return row.snapshot === null ? undefined : (JSON.parse(row.snapshot) as CventEvent)
}

/**
 * Reads an event from Cvent and keeps what it says. When something changed that stands in iMIS rows (title, times, whether
 * it is a test, or was cancelled), every registration of the event is to be touched: `touchAllAsked` does it.
 *
 * @returns undefined when Cvent knows no event of that code
 * @throws Fault of Cvent; LeaseLost, and then nothing was stored
 */
export async function learn(job: SyncJob, row: EventRow): Promise<CventEvent | undefined> {
  const known = row.eventStub
  const found =
    (known === null ? undefined : await job.cvent.event(known, job.call)) ??
    (await job.cvent.eventByCode(row.eventCode, job.call))
  if (!found) return undefined
  const before = snapshotOf(row)
  const read = withKnown(found, before)
  const now = job.now()
  await job.fenced(async (tx) => {
    await learnEvent(tx, job.account, row.eventCode, {
      eventStub: read.eventStub,
      snapshot: JSON.stringify(read),
      snapshotAt: now,
    })
    await forgetUnknownEvent(tx, job.account, read.eventStub)
    if (before && shownInRows(before) !== shownInRows(read))
      await askForRewrite(tx, job.account, row.eventCode, now)
  })
  job.forgetSessions(read.eventStub)
  return read
}

/** The event with what Cvent's answer leaves out as it was last read: a missing title or time is not another one. */
function withKnown(read: CventEvent, known: CventEvent | undefined): CventEvent {
  if (known?.eventStub !== read.eventStub) return read
  const isNameless = read.title === read.eventStub || read.title === read.eventCode
  return {
    ...read,
    eventCode: read.eventCode ?? known.eventCode,
    title: isNameless ? known.title : read.title,
    status: read.status === 'Unknown' ? known.status : read.status,
    startsAt: read.startsAt ?? known.startsAt,
    endsAt: read.endsAt ?? known.endsAt,
    timeZone: read.timeZone ?? known.timeZone,
  }
}

function shownInRows(event: CventEvent) {
  const { title, startsAt, endsAt, isTest } = event
  return JSON.stringify([title, startsAt, endsAt, isTest, isEventCancelled(event)])
}

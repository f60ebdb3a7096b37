import type { z } from 'zod'
import type { EventRow } from '../../db/database.ts'
import { countByEventAndState } from '../../db/event-lists.ts'
import { listEvents } from '../../db/events.ts'
import { listUnknownEvents } from '../../db/unknown-events.ts'
import type { EventLine, EventList, Warning } from '../../schemas/admin-events.ts'
import type { CventEvent } from '../cvent/cvent.ts'
import type { DocumentDeps } from './account-documents.ts'

type Counts = z.infer<typeof EventLine>['registrations']

/** Every event of an account with what Cvent says of it, how its registrations stand, and what is wrong. */
export async function eventList(
  { db }: Pick<DocumentDeps, 'db'>,
  account: string,
): Promise<z.infer<typeof EventList>> {
  const [rows, counts, unknown] = await Promise.all([
    listEvents(db, account),
    countByEventAndState(db, account),
    listUnknownEvents(db, account),
  ])
  const configured = new Set(rows.flatMap(({ eventCode, eventStub }) => [eventCode, eventStub]))
  return {
    items: rows.map((row) => eventLine(row, countsOf(row.eventCode, counts))),
    unknown: unknown
      .filter(
        ({ eventStub, eventCode }) => !configured.has(eventStub) && !configured.has(eventCode),
      )
      .map(({ account: _account, firstSeenAt, lastSeenAt, isIgnored, ...seen }) => ({
        ...seen,
        firstSeenAt: new Date(firstSeenAt).toISOString(),
        lastSeenAt: new Date(lastSeenAt).toISOString(),
        isIgnored: isIgnored === 1,
      })),
  }
}

function countsOf(
  eventCode: string,
  counts: { eventCode: string | null; state: string; count: number }[],
): Counts {
  const own = counts.filter((one) => one.eventCode === eventCode)
  const of = (state: string) => own.find((one) => one.state === state)?.count ?? 0
  return {
    total: own.reduce((sum, { count }) => sum + count, 0),
    waiting: of('waiting'),
    synced: of('synced'),
    parked: of('parked'),
    unmatched: of('unmatched'),
  }
}

function eventLine(row: EventRow, registrations: Counts): z.infer<typeof EventLine> {
  const cvent = snapshotOf(row)
  return {
    eventCode: row.eventCode,
    meetingCode: row.meetingCode,
    enabled: row.enabled === 1,
    version: row.version,
    title: cvent?.title ?? null,
    startsAt: moment(cvent?.startsAt),
    endsAt: moment(cvent?.endsAt),
    timeZone: cvent?.timeZone ?? null,
    place: cvent?.place ?? null,
    cventStatus: cvent?.status ?? null,
    registrations,
    lastWebhookAt: moment(row.lastMessageAt),
    reconciledAt: moment(row.reconciledAt),
    warnings: row.enabled === 1 ? warningsOf(row, cvent, registrations) : [],
  }
}

/** Cvent's event as it was last read. */
export function snapshotOf(row: Pick<EventRow, 'snapshot'>): CventEvent | undefined {
  // `learnEvent` keeps a CventEvent.
  return row.snapshot === null ? undefined : (JSON.parse(row.snapshot) as CventEvent)
}

const ENDED = ['Cancelled', 'Deleted', 'Archived']

function warningsOf(
  row: EventRow,
  cvent: CventEvent | undefined,
  registrations: Counts,
): z.infer<typeof Warning>[] {
  const page = `events/${row.eventCode}`
  const warnings: z.infer<typeof Warning>[] = []
  if (row.lastMessageAt === null)
    warnings.push({
      code: 'NO_WEBHOOK_YET',
      text: `${registrations.total > 0 ? 'Cvent has registrations for this event, but it has' : 'This event has'} never sent a message. An event that existed before the integration must get it by hand: in Cvent, Events > ${cvent?.title ?? row.eventCode} > Integrations > Setup for Webhooks > Add Webhook > pick the configuration > Save.`,
      page,
    })
  if (row.reconcileReason !== null)
    warnings.push({
      code: 'RECONCILE_FAILS',
      text: `The comparison with Cvent fails: ${row.reconcileReason}`,
      page,
    })
  else if (row.snapshotAt === null)
    warnings.push({ code: 'NOT_READ_YET', text: 'Cvent has not been asked about it yet.', page })
  if (cvent && ENDED.includes(cvent.status))
    warnings.push({
      code: 'ENDED_AT_CVENT',
      text: `At Cvent this event is ${cvent.status.toLowerCase()}; members are told that it is closed.`,
      page,
    })
  if (registrations.parked > 0)
    warnings.push({
      code: 'PARKED',
      text: `${registrations.parked} registration${registrations.parked === 1 ? ' was' : 's were'} refused by iMIS and wait${registrations.parked === 1 ? 's' : ''} for a person.`,
      page: `registrations?eventCode=${row.eventCode}&state=parked`,
    })
  if (registrations.unmatched > 0)
    warnings.push({
      code: 'UNMATCHED',
      text: `${registrations.unmatched} registration${registrations.unmatched === 1 ? ' belongs' : 's belong'} to nobody in iMIS yet.`,
      page: `registrations?eventCode=${row.eventCode}&state=unmatched`,
    })
  return warnings
}

function moment(at: number | null | undefined) {
  return at === null || at === undefined ? null : new Date(at).toISOString()
}

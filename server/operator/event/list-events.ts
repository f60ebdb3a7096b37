import type { z } from 'zod'
import type { EventRow } from '../../../db/database.ts'
import { countByEventAndState } from '../../../db/lists/event-lists.ts'
import { listEvents } from '../../../db/events.ts'
import { listUnknownEvents } from '../../../db/unknown-events.ts'
import type { EventLine, EventList, Warning } from '../../../schemas/admin-events.ts'
import type { CventEvent } from '../../cvent/cvent.ts'
import { vendorUrl } from '../../member/hand-off/vendor-url.ts'
import type { DocumentDeps } from '../account/account-documents.ts'
import { counted } from '../../plural.ts'

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
    dead: of('dead'),
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
    // Shown to be copied into a page, never followed by us: a sandbox's plain http does no harm.
    registrationUrl: vendorUrl(cvent?.registrationUrl, true)?.href ?? null,
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
  const name = cvent?.title ?? row.eventCode
  const ofEvent = `eventCode=${encodeURIComponent(row.eventCode)}`
  const warnings: z.infer<typeof Warning>[] = []
  const warn = (code: string, text: string, page = `events/${encodeURIComponent(row.eventCode)}`) =>
    warnings.push({ code, text: `${name}: ${text}`, page })
  const { dead, unmatched, total } = registrations
  if (row.lastMessageAt === null)
    warn(
      'NO_WEBHOOK_YET',
      `${total > 0 ? 'Cvent has registrations, but this event has' : 'this event has'} never sent a message. An event that existed before the integration must get it by hand: in Cvent, Events > ${name} > Integrations > Setup for Webhooks > Add Webhook > pick the configuration > Save.`,
    )
  if (row.reconcileReason !== null)
    warn('RECONCILE_FAILS', `the comparison with Cvent fails: ${row.reconcileReason}`)
  else if (row.snapshotAt === null) warn('NOT_READ_YET', 'Cvent has not been asked about it yet.')
  if (cvent && ENDED.includes(cvent.status))
    warn(
      'ENDED_AT_CVENT',
      `at Cvent it is ${cvent.status.toLowerCase()}; members are told that it is closed.`,
    )
  if (dead > 0)
    warn(
      'PARKED',
      `${counted(dead, 'registration was', 'registrations were')} refused by iMIS and ${dead === 1 ? 'waits' : 'wait'} for a person.`,
      `registrations?${ofEvent}&state=dead`,
    )
  if (unmatched > 0)
    warn(
      'UNMATCHED',
      `${counted(unmatched, 'registration belongs', 'registrations belong')} to nobody in iMIS yet.`,
      `registrations?${ofEvent}&state=unmatched`,
    )
  return warnings
}

function moment(at: number | null | undefined) {
  return at === null || at === undefined ? null : new Date(at).toISOString()
}

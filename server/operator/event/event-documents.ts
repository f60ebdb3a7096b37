import { deleteEvent, findEvent, listEvents, saveEvent } from '../../../db/events.ts'
import type { EventRow } from '../../../db/database.ts'
import { isDuplicateKey } from '../../../db/engine/errors.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { askForRewrite } from '../../../db/due/rewrites.ts'
import { endRuns } from '../../../db/runs.ts'
import { Event } from '../../../schemas/event.ts'
import { Fault, type FieldError } from '../../errors.ts'
import { canonical, eventRowSettings } from '../../sync/reconcile/row-settings.ts'
import {
  changedSince,
  refuseErrors,
  refuseOtherVersion,
  type DocumentDeps,
  type Saved,
  type SaveOptions,
} from '../account/account-documents.ts'
import { recordChange } from '../access/audit.ts'

/** The stored document of an event; undefined when it is not configured. */
export async function eventDocument(
  db: DocumentDeps['db'],
  account: string,
  eventCode: string,
): Promise<Pick<Saved<Event>, 'document' | 'version'> | undefined> {
  const row = await findEvent(db, account, eventCode)
  return row && { document: documentOf(row), version: row.version }
}

/**
 * Saves an event's document; saving what is there already changes nothing. The worker is woken: a new event is read from
 * Cvent and its attendees are looked at; the registrations of one whose rows in iMIS are to say something else are touched.
 *
 * @throws Fault `INVALID_REQUEST` with the fields at fault; `CONFLICT` when another event has that meeting code;
 *   `CHANGED_SINCE` when another version than expected is there
 */
export async function saveEventDocument(
  deps: DocumentDeps,
  account: string,
  document: Event,
  options: SaveOptions,
): Promise<Saved<Event>> {
  const row = await findEvent(deps.db, account, document.eventCode)
  // The same code in other letters is the same event, and keeps the letters it was added with.
  const given = { ...document, eventCode: row?.eventCode ?? document.eventCode }
  refuseOtherVersion(options.expectedVersion, row?.version ?? 0)
  refuseErrors(checkEventDocument(given))
  const before = row && documentOf(row)
  if (row && JSON.stringify(before) === JSON.stringify(given))
    return { document: given, version: row.version, isNew: false, isChanged: false }
  const { db, now } = deps
  const version = await inTransaction(db, async (tx) => {
    const saved = await saveEvent(
      tx,
      {
        account,
        eventCode: given.eventCode,
        meetingCode: given.meetingCode,
        enabled: given.enabled ? 1 : 0,
        document: JSON.stringify(given),
      },
      options.expectedVersion ?? row?.version ?? 0,
      now(),
    )
    if (saved === undefined) return undefined
    if (before && canonical(eventRowSettings(before)) !== canonical(eventRowSettings(given)))
      await askForRewrite(tx, account, given.eventCode, now())
    if (before?.enabled && !given.enabled)
      await endRuns(tx, account, given.eventCode, 'The event was switched off.', now())
    await recordChange({ db: tx, now }, options.by, {
      account,
      action: row ? 'event changed' : 'event added',
      target: given.eventCode,
      before,
      after: given,
    })
    return saved
  }).catch((error: unknown) => {
    if (isDuplicateKey(error)) throw meetingCodeTaken(given.meetingCode, error)
    throw error
  })
  if (version === undefined) throw changedSince()
  deps.accounts.forget(account)
  deps.wake(account)
  return { document: given, version, isNew: row === undefined, isChanged: true }
}

/**
 * Removes an event; its registrations and what was written for them stay.
 *
 * @throws Fault `NOT_FOUND`; `CHANGED_SINCE` when another version than expected is there
 */
export async function removeEventDocument(
  deps: DocumentDeps,
  account: string,
  eventCode: string,
  options: SaveOptions,
): Promise<void> {
  const row = await findEvent(deps.db, account, eventCode)
  if (!row) throw new Fault('NOT_FOUND', `There is no event ${eventCode} in this account.`)
  refuseOtherVersion(options.expectedVersion, row.version)
  await inTransaction(deps.db, async (tx) => {
    await deleteEvent(tx, account, row.eventCode)
    await endRuns(tx, account, row.eventCode, 'The event was removed.', deps.now())
    await recordChange({ db: tx, now: deps.now }, options.by, {
      account,
      action: 'event removed',
      target: row.eventCode,
      before: documentOf(row),
    })
  })
  deps.accounts.forget(account)
}

/** The other event of the account that has that meeting code, if any. */
export async function eventWithMeetingCode(
  db: DocumentDeps['db'],
  account: string,
  meetingCode: string,
  except: string,
): Promise<string | undefined> {
  const rows = await listEvents(db, account)
  const others = rows.filter((row) => row.eventCode.toLowerCase() !== except.toLowerCase())
  return others.find((row) => row.meetingCode === meetingCode)?.eventCode
}

/** What is wrong with an event that its schema cannot say; asks no vendor. */
export function checkEventDocument(event: Event): FieldError[] {
  const { opensAt, closesAt } = event
  return opensAt !== null && closesAt !== null && Date.parse(opensAt) >= Date.parse(closesAt)
    ? [{ field: 'closesAt', message: 'must be later than opensAt' }]
    : []
}

/** @returns the Fault for a meeting code that another event has */
function meetingCodeTaken(meetingCode: string, cause: unknown): Fault {
  const message = `another event of this account has the meeting code ${meetingCode}; it must be distinct`
  return new Fault('CONFLICT', `meetingCode: ${message}`, {
    cause,
    errors: [{ field: 'meetingCode', message }],
  })
}

function documentOf(row: EventRow): Event {
  return Event.parse(JSON.parse(row.document))
}

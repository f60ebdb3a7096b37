import type { EventRow } from '../../../db/database.ts'
import { findEvent } from '../../../db/events.ts'
import { dueEvents } from '../../../db/due/reconciles.ts'
import { touchRegistrations } from '../../../db/due/replays.ts'
import { noteRewrite, registrationsAfter, rewritesDue } from '../../../db/due/rewrites.ts'
import { ROWS_A_STATEMENT } from '../../../db/touches.ts'
import { Event } from '../../../schemas/event.ts'
import { counted } from '../../plural.ts'
import { inSliceOf } from '../worker/in-slice.ts'
import { rowSettingsHash } from './row-settings.ts'
import type { SyncJob } from '../worker/job.ts'

/**
 * Touches the registrations of events whose rows in iMIS are to say something else since a setting changed. It goes on where
 * it stopped, and begins anew when a setting changes meanwhile. Beside the events that a save named, those whose reconcile
 * is due are compared: a setting may have come another way than by a save here.
 *
 * @returns how many registrations were touched
 * @throws LeaseLost
 */
export async function touchForSettings(job: SyncJob): Promise<number> {
  const named = await rewritesDue(job.db, job.account)
  const others = await dueEvents(job.db, job.account, job.now())
  const known = new Set(named.map(({ eventCode }) => eventCode))
  let touched = 0
  for (const row of [...named, ...others.filter(({ eventCode }) => !known.has(eventCode))]) {
    if (job.isStopping()) break
    touched += await touchAllFor(job, row)
  }
  return touched
}

/** Touches the registrations of one event when that was asked for, because the event changed at Cvent. @throws LeaseLost */
export async function touchAllAsked(job: SyncJob, eventCode: string): Promise<void> {
  const row = await findEvent(job.db, job.account, eventCode)
  if (row && row.rewriteDueAt !== null) await touchAllFor(job, row)
}

async function touchAllFor(job: SyncJob, row: EventRow): Promise<number> {
  const { db, account } = job
  const inSlice = inSliceOf(job)
  const settingsHash = rowSettingsHash(job.loaded.account, Event.parse(JSON.parse(row.document)))
  if (row.rewriteDueAt === null && row.settingsHash === settingsHash) return 0
  const done = { settingsHash, rewriteDueAt: null, rewriteAfter: null }
  // Its registrations are written for the first time, or all touched by the first reconcile.
  const isNew = row.settingsHash === null && row.rewriteDueAt === null
  let touched = 0
  let after = row.rewriteAfter ?? ''
  while (!isNew && row.eventStub !== null) {
    if (job.isStopping()) return touched
    const ids = await registrationsAfter(db, account, row.eventStub, after, ROWS_A_STATEMENT)
    const last = ids.at(-1)
    if (last === undefined) break
    await inSlice(async (tx) => {
      await touchRegistrations(tx, ids, job.now())
      if (row.rewriteDueAt !== null) await noteRewrite(tx, row, { rewriteAfter: last })
    })
    after = last
    touched += ids.length
  }
  await inSlice((tx) => noteRewrite(tx, row, done))
  if (touched > 0)
    job.accountLog.add({
      account,
      ...(row.settingsHash === settingsHash
        ? { code: 'event-changed-at-cvent' }
        : { code: 'settings-changed' }),
      text: `${
        row.settingsHash === settingsHash
          ? 'The event changed at Cvent, or a setting was saved'
          : 'Settings that decide what stands in iMIS changed'
      }: ${counted(touched, 'registration is', 'registrations are')} synced again`,
      trace: job.trace,
      eventCode: row.eventCode,
    })
  return touched
}

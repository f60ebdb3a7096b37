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
import type { TurnDeps } from '../worker/job.ts'

/**
 * Touches the registrations of events whose rows in iMIS are to say something else since a setting changed. It goes on where
 * it stopped, and begins anew when a setting changes meanwhile. Beside the events that a save named, those whose reconcile
 * is due are compared: a setting may have come another way than by a save here.
 *
 * @returns how many registrations were touched
 * @throws LeaseLost
 */
export async function touchForSettings(turn: TurnDeps): Promise<number> {
  const named = await rewritesDue(turn.db, turn.account)
  const others = await dueEvents(turn.db, turn.account, turn.now())
  const known = new Set(named.map(({ eventCode }) => eventCode))
  let touched = 0
  for (const row of [...named, ...others.filter(({ eventCode }) => !known.has(eventCode))]) {
    if (turn.isStopping()) break
    touched += await touchAllFor(turn, row)
  }
  return touched
}

/** Touches the registrations of one event when that was asked for, because the event changed at Cvent. @throws LeaseLost */
export async function touchAllAsked(turn: TurnDeps, eventCode: string): Promise<void> {
  const row = await findEvent(turn.db, turn.account, eventCode)
  if (row && row.rewriteDueAt !== null) await touchAllFor(turn, row)
}

async function touchAllFor(turn: TurnDeps, row: EventRow): Promise<number> {
  const { db, account } = turn
  const inSlice = inSliceOf(turn)
  const settingsHash = rowSettingsHash(turn.loaded.account, Event.parse(JSON.parse(row.document)))
  if (row.rewriteDueAt === null && row.settingsHash === settingsHash) return 0
  const done = { settingsHash, rewriteDueAt: null, rewriteAfter: null }
  // Its registrations are written for the first time, or all touched by the first reconcile.
  const isNew = row.settingsHash === null && row.rewriteDueAt === null
  let touched = 0
  let after = row.rewriteAfter ?? ''
  while (!isNew && row.eventStub !== null) {
    if (turn.isStopping()) return touched
    const ids = await registrationsAfter(db, account, row.eventStub, after, ROWS_A_STATEMENT)
    const last = ids.at(-1)
    if (last === undefined) break
    await inSlice(async (tx) => {
      await touchRegistrations(tx, ids, turn.now())
      if (row.rewriteDueAt !== null) await noteRewrite(tx, row, { rewriteAfter: last })
    })
    after = last
    touched += ids.length
  }
  await inSlice((tx) => noteRewrite(tx, row, done))
  if (touched > 0)
    turn.trail.note({
      account,
      ...(row.settingsHash === settingsHash
        ? { kind: 'cvent', code: 'event-changed' }
        : { kind: 'admin', code: 'settings-changed' }),
      text: `${
        row.settingsHash === settingsHash
          ? 'The event changed at Cvent, or a setting was saved'
          : 'Settings that decide what stands in iMIS changed'
      }: ${counted(touched, 'registration is', 'registrations are')} synced again`,
      trace: turn.trace,
      eventCode: row.eventCode,
    })
  return touched
}

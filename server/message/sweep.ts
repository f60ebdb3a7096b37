import type { EventRow } from '../../db/database.ts'
import { ledgerOfEvent, type SweptLedger } from '../../db/ledger.ts'
import { registrationsOfAttendees } from '../../db/registrations.ts'
import { Fault, isPassing } from '../errors.ts'
import type { Activity } from '../imis/imis.ts'
import { keyOf } from './find-activity.ts'
import { reasonOf } from './outcome.ts'
import type { TurnDeps } from './turn.ts'

/** A list of the event's rows costs iMIS a page for 500 of them, so it is read once a day. */
const SWEPT_FRESH_MS = 24 * 3_600_000
/** What every key of ours begins with, and the attendee it names. */
const KEY = /^cvent:([^:]+)/

/**
 * Compares the rows iMIS holds for an event with the ledger, when that is due, and tells the trail of each that bears a key
 * of ours and is not the one we keep: a worker that was frozen between its last check and its write, or a write that iMIS
 * finished after we had given it up, leaves such a row. Nothing is changed in iMIS; a person deletes what is too much.
 *
 * @returns when the event was swept; undefined when it was not due, or iMIS could not be asked now and is asked again at
 *   the next look
 * @throws LeaseLost
 */
export async function sweepIfDue(
  turn: TurnDeps,
  { eventCode, sweptAt }: EventRow,
  isFull: boolean,
): Promise<number | undefined> {
  const startedAt = turn.now()
  if (!isFull && sweptAt !== null && startedAt - sweptAt < SWEPT_FRESH_MS) return undefined
  try {
    await sweep(turn, eventCode)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    turn.trail.note({
      account: turn.account,
      kind: 'imis',
      level: 'warning',
      code: 'sweep-put-off',
      text: `The event's rows in iMIS could not be compared: ${reasonOf(error)}`,
      trace: turn.trace,
      eventCode,
    })
    // What iMIS refuses now it refuses at the next look too.
    if (isPassing(error)) return undefined
  }
  return startedAt
}

async function sweep(turn: TurnDeps, eventCode: string) {
  const ledger = await ledgerOfEvent(turn.db, turn.account, eventCode)
  const kept = new Set(ledger.map(({ seqn }) => seqn))
  const lists = Map.groupBy(ledger, ({ activityType, productCode }) =>
    JSON.stringify([activityType, productCode]),
  )
  for (const [first] of lists.values()) {
    if (!first || turn.isStopping()) return
    const search = { type: first.activityType, productCode: first.productCode }
    const found = await turn.keeping(turn.imis.activities(search, turn.bulkCall))
    const strays = Map.groupBy(
      found.flatMap((activity) => strayOf(activity, kept)),
      ({ partyId, key }) => `${partyId}\n${key}`,
    )
    for (const [stray, ...others] of strays.values())
      if (stray) await report(turn, eventCode, ledger, [stray, ...others])
  }
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
  turn: TurnDeps,
  eventCode: string,
  ledger: SweptLedger[],
  [first, ...others]: [Stray, ...Stray[]],
) {
  const { key, attendeeId, partyId, productCode } = first
  const row = ledger.find((one) => one.partyId === partyId && keyOf(one) === key)
  // Whether an unanswered write reached iMIS is settled by the registration itself, which then keeps the row.
  if (row && row.seqn === null) return
  const [registration] = await registrationsOfAttendees(turn.db, turn.account, [attendeeId])
  // Another installation's, or an event's from before this one.
  if (!registration) return
  const seqns = [first, ...others].map(({ seqn }) => seqn)
  const named = `${seqns.length === 1 ? 'activity' : 'activities'} ${seqns.join(', ')}`
  turn.trail.note({
    account: turn.account,
    kind: 'imis',
    level: 'warning',
    code: row ? 'activity-twice' : 'activity-unknown',
    text: row
      ? `iMIS ID ${partyId} has more than one row for ${productCode} with the same key: ${row.seqn ?? ''} is kept up to date; delete ${named} in iMIS`
      : `iMIS ID ${partyId} has a row for ${productCode} that bears our key but is not one we keep: ${named}`,
    trace: turn.trace,
    eventCode,
    partyId,
    registrationId: registration.id,
    detail: { key, productCode, kept: row?.seqn ?? null, seqns },
  })
}

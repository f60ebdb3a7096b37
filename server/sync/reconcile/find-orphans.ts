import type { EventRow } from '../../../db/database.ts'
import { ledgerOfEvent, type SweptLedger } from '../../../db/ledger.ts'
import { registrationsOfAttendees } from '../../../db/registrations.ts'
import { Fault, isPassing } from '../../errors.ts'
import type { Activity } from '../../imis/imis.ts'
import { keyOf } from '../write/find-activity.ts'
import { reasonOf } from '../worker/retry-policy.ts'
import type { TurnDeps } from '../worker/job.ts'

/** A list of the event's rows costs iMIS a page for 500 of them, so it is read once a day. */
const SWEPT_FRESH_MS = 24 * 3_600_000
/** How many numbers stand in a line of the trail, and in what is kept with it. */
const SEQNS_NAMED = 20
const SEQNS_KEPT = 1000
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
  const rows = new Map(ledger.map((row) => [`${row.partyId}\n${keyOf(row)}`, row]))
  const lists = Map.groupBy(ledger, ({ activityType, productCode }) =>
    JSON.stringify([activityType, productCode]),
  )
  for (const [first] of lists.values()) {
    if (!first || turn.isStopping()) return
    const search = { type: first.activityType, productCode: first.productCode }
    const strays = await straysOf(turn, search, kept)
    for (const [at, [stray, ...others]] of strays)
      if (stray) await report(turn, eventCode, rows.get(at), [stray, ...others])
  }
}

/** The rows of one list that bear a key of ours and are not kept, by party and key; the list is read page by page. */
async function straysOf(
  turn: TurnDeps,
  search: { type: string; productCode: string },
  kept: Set<string | null>,
): Promise<Map<string, Stray[]>> {
  const strays = new Map<string, Stray>()
  for (let offset: number | undefined = 0; offset !== undefined && !turn.isStopping();) {
    const page: { activities: Activity[]; next: number | undefined } = await turn.keeping(
      turn.imis.activityPage(search, offset, turn.bulkCall),
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
  turn: TurnDeps,
  eventCode: string,
  row: SweptLedger | undefined,
  [first, ...others]: [Stray, ...Stray[]],
) {
  const { key, attendeeId, partyId, productCode } = first
  // Whether an unanswered write reached iMIS is settled by the registration itself, which then keeps the row.
  if (row && row.seqn === null) return
  const [registration] = await registrationsOfAttendees(turn.db, turn.account, [attendeeId])
  // Another installation's, or an event's from before this one.
  if (!registration) return
  const seqns = [first, ...others].map(({ seqn }) => seqn)
  const listed = seqns.slice(0, SEQNS_NAMED).join(', ')
  const more = seqns.length > SEQNS_NAMED ? ` and ${seqns.length - SEQNS_NAMED} more` : ''
  const named = `${seqns.length === 1 ? 'activity' : 'activities'} ${listed}${more}`
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
    detail: { key, productCode, kept: row?.seqn ?? null, seqns: seqns.slice(0, SEQNS_KEPT) },
  })
}

import type { RegistrationUpdate } from '../../db/database.ts'
import { ledgerOfAttendees } from '../../db/ledger.ts'
import { LeaseLost, renewLease } from '../../db/leases.ts'
import { isStoreTrouble } from '../../db/errors.ts'
import {
  countOfEvent,
  dueRegistrations,
  registrationsOfAttendees,
  settle,
  type Claimed,
} from '../../db/registrations.ts'
import type { Attendee, Listed, OrderItem } from '../cvent/cvent.ts'
import { Fault, isPassing } from '../errors.ts'
import { eventOfStub, type FollowedEvent } from './event.ts'
import { follow } from './follow.ts'
import { afterFailure, reasonOf } from './outcome.ts'
import { unreadableOf } from './set-aside.ts'
import type { TurnDeps } from './turn.ts'
import { unpackDue } from './unpack.ts'

/** Claimed at once, by id and version only; read and written in slices. */
const CLAIMED_AT_ONCE = 5000
const SLICE = 100
/** From here on one read of all the event's order items may cost less than one read for each slice. */
const MANY = 300

/**
 * Follows the due registrations of an account: what Cvent says of each now is brought to iMIS. A registration that fails
 * alone waits or is parked alone.
 *
 * @returns how many were worked on; 0 when none is due
 * @throws LeaseLost; a passing Fault with `retryAt` when a vendor is not to be asked before then (nothing is lost: what was
 *   not worked on stays due)
 */
export async function convergeDue(turn: TurnDeps): Promise<number> {
  const startedAt = turn.now()
  const claims = await dueRegistrations(turn.db, turn.account, startedAt, CLAIMED_AT_ONCE)
  return converge(turn, claims, () => late(turn, startedAt))
}

/** What comes in while a long sweep is under way is not kept waiting for the end of it. */
async function late(turn: TurnDeps, sweepStartedAt: number): Promise<number> {
  await unpackDue(turn)
  const { db, account } = turn
  const claims = await dueRegistrations(db, account, turn.now(), SLICE, sweepStartedAt)
  return converge(turn, claims, async () => 0)
}

async function converge(
  turn: TurnDeps,
  claims: Claimed[],
  betweenSlices: () => Promise<number>,
): Promise<number> {
  let worked = 0
  for (const [eventStub, ofEvent] of await byEvent(turn, claims)) {
    const event = await eventOfStub(turn, eventStub)
    if (!event) {
      await setAside(turn, ofEvent)
      worked += ofEvent.length
      continue
    }
    const allItems = await itemsOfAll(turn, event, ofEvent.length)
    for (let at = 0; at < ofEvent.length && !turn.isStopping(); at += SLICE) {
      const slice = ofEvent.slice(at, at + SLICE)
      await convergeSlice(turn, event, slice, allItems)
      worked += slice.length
      if (at + SLICE < ofEvent.length) worked += await betweenSlices()
    }
  }
  return worked
}

/** The claims by event. Of an attendee that was named without its event, Cvent is asked. */
async function byEvent(turn: TurnDeps, claims: Claimed[]): Promise<Map<string, Claimed[]>> {
  const groups = new Map<string, Claimed[]>()
  const eventless = claims.filter(({ eventStub }) => eventStub === null)
  const learnt = new Map<string, string>()
  const odd = new Map<string, Fault>()
  for (let at = 0; at < eventless.length; at += SLICE) {
    const ids = eventless.slice(at, at + SLICE).map(({ attendeeId }) => attendeeId)
    const read = await turn.cvent.attendees(ids, turn.call)
    for (const { attendeeId, eventStub } of read.items) learnt.set(attendeeId, eventStub)
    for (const [id, fault] of unreadableOf(ids, read, [])) odd.set(id, fault)
  }
  for (const claim of claims) {
    const eventStub = claim.eventStub ?? learnt.get(claim.attendeeId)
    const fault = claim.eventStub === null ? odd.get(claim.attendeeId) : undefined
    if (fault) await putOff(turn, undefined, claim, fault)
    else if (eventStub === undefined) await forget(turn, claim)
    else groups.set(eventStub, [...(groups.get(eventStub) ?? []), { ...claim, eventStub }])
  }
  return groups
}

/** Cvent does not know the attendee, and we never knew its event: there is nothing to follow. */
async function forget(turn: TurnDeps, claim: Claimed) {
  await end(turn, claim, {
    state: 'synced',
    syncedVersion: claim.wantedVersion,
    reason: 'Cvent does not know this attendee',
    attempt: 0,
  })
}

/** Registrations of an event that is not configured, or switched off, wait for the day it is. */
async function setAside(turn: TurnDeps, claims: Claimed[]) {
  for (const claim of claims)
    await end(turn, claim, {
      state: 'unconfigured',
      eventStub: claim.eventStub,
      reason: 'the event is not configured, or switched off',
      attempt: 0,
    })
}

async function end(turn: TurnDeps, claim: Claimed, update: RegistrationUpdate & { state: string }) {
  const { id, wantedVersion } = claim
  if (!(await settle(turn.db, turn.lease, id, wantedVersion, update, turn.now())))
    throw new LeaseLost(`the lease on ${turn.lease.name} went to another worker`)
}

async function itemsOfAll(turn: TurnDeps, { event, eventStub }: FollowedEvent, claimed: number) {
  if (claimed < MANY) return undefined
  const known = await countOfEvent(turn.db, turn.account, eventStub)
  if (claimed * 2 < known) return undefined
  const startedAt = turn.now()
  const list = await turn.keeping(turn.cvent.orderItems(eventStub, 'all', turn.bulkCall))
  turn.trail.note({
    account: turn.account,
    kind: 'cvent',
    code: 'order-items-read',
    text: `All order items of the event were read: ${list.items.length}, for ${claimed} registrations`,
    trace: turn.trace,
    eventCode: event.eventCode,
    durationMs: turn.now() - startedAt,
  })
  return linesOf(list)
}

/** Order items by attendee, and the lines that cannot be read. */
function linesOf({ items, setAside }: Listed<OrderItem>) {
  return { items: byAttendee(items), setAside }
}
type Lines = ReturnType<typeof linesOf>

function byAttendee(items: OrderItem[]): Map<string, OrderItem[]> {
  return Map.groupBy(items, ({ attendeeId }) => attendeeId)
}

async function convergeSlice(
  turn: TurnDeps,
  event: FollowedEvent,
  claims: Claimed[],
  allItems: Lines | undefined,
) {
  await renewLease(turn.db, turn.lease, turn.leaseUntil())
  const ids = claims.map(({ attendeeId }) => attendeeId)
  const startedAt = turn.now()
  let read: Listed<Attendee>
  let lines: Lines
  try {
    read = await turn.keeping(turn.cvent.attendees(ids, turn.bulkCall))
    lines = allItems ?? linesOf(await itemsOf(turn, event, read.items))
  } catch (error) {
    if (error instanceof LeaseLost || mustPause(error) || turn.isStopping()) throw error
    if (isStoreTrouble(error)) throw error
    if (claims.length > 1 && !isPassing(error) && !isForbidden(error)) {
      // One that Cvent cannot be asked about must not cost the others theirs.
      const middle = Math.ceil(claims.length / 2)
      await convergeSlice(turn, event, claims.slice(0, middle), allItems)
      return convergeSlice(turn, event, claims.slice(middle), allItems)
    }
    // A read that fails for all of them is each one's failure. They draw one jitter, so that those that failed together
    // are read together again and not by a call each.
    const drawn = Math.random()
    for (const claim of claims) await putOff(turn, event, claim, error, {}, () => drawn)
    return
  }
  const readMs = turn.now() - startedAt
  const attendees = new Map(read.items.map((attendee) => [attendee.attendeeId, attendee]))
  const rows = new Map(
    (await registrationsOfAttendees(turn.db, turn.account, ids)).map((row) => [
      row.attendeeId,
      row,
    ]),
  )
  const ledger = Map.groupBy(
    await ledgerOfAttendees(turn.db, turn.account, ids),
    ({ attendeeId }) => attendeeId,
  )
  const unreadable = unreadableOf(ids, read, lines.setAside)
  for (const claim of claims) {
    const fault = unreadable.get(claim.attendeeId)
    if (fault) await putOff(turn, event, claim, fault)
  }
  // Primaries before their guests, who stand on the primary's record.
  const queue = claims
    .filter(({ attendeeId }) => !unreadable.has(attendeeId))
    .toSorted((a, b) => Number(isGuest(attendees, a)) - Number(isGuest(attendees, b)))

  async function workThrough() {
    for (let claim = queue.shift(); claim && !turn.isStopping(); claim = queue.shift()) {
      const row = rows.get(claim.attendeeId)
      if (!row) continue
      await oneOf(turn, event, claim, {
        attendee: attendees.get(claim.attendeeId),
        row,
        items: lines.items.get(claim.attendeeId) ?? [],
        ledger: ledger.get(claim.attendeeId) ?? [],
        readMs,
      })
    }
  }
  const lanes = Array.from({ length: turn.loaded.account.imis.parallelWrites }, workThrough)
  const ended = await Promise.allSettled(lanes)
  for (const lane of ended) if (lane.status === 'rejected') throw lane.reason
}

/** A missing right: whichever attendees are asked for, the answer is the same. */
function isForbidden(error: unknown) {
  return error instanceof Fault && (error.status === 401 || error.status === 403)
}

function isGuest(attendees: Map<string, Attendee>, { attendeeId }: Claimed) {
  return attendees.get(attendeeId)?.isGuest ?? false
}

/** The order items of those read, asked for by their primaries: a guest's stand under the primary. */
async function itemsOf(turn: TurnDeps, { eventStub }: FollowedEvent, read: Attendee[]) {
  const primaries = new Set(read.map(({ attendeeId, primaryId }) => primaryId ?? attendeeId))
  if (primaries.size === 0) return { items: [], setAside: [] }
  return turn.keeping(turn.cvent.orderItems(eventStub, [...primaries], turn.bulkCall))
}

async function oneOf(
  turn: TurnDeps,
  event: FollowedEvent,
  claim: Claimed,
  facts: Parameters<typeof follow>[3],
) {
  const { partyId, partyVia } = facts.row
  const known: RegistrationUpdate = {}
  try {
    const update = await follow(turn, event, claim, facts, known)
    await end(turn, claim, update)
  } catch (error) {
    if (error instanceof LeaseLost || mustPause(error) || isStoreTrouble(error)) throw error
    if (turn.isStopping() && isPassing(error) && !error.mayHaveHappened) throw error
    await putOff(turn, event, claim, error, { partyId, partyVia, ...known })
  }
}

/** A vendor that says when to come back, or that is left alone, is not asked for the next one either. */
function mustPause(error: unknown): error is Fault {
  return isPassing(error) && error.retryAt !== undefined && !error.mayHaveHappened
}

async function putOff(
  turn: TurnDeps,
  followed: FollowedEvent | undefined,
  claim: Claimed,
  error: unknown,
  known: RegistrationUpdate = {},
  random: () => number = Math.random,
) {
  const attempt = claim.attempt + 1
  const settledAfterMs = turn.deadlineMs + turn.settleMs
  const outcome = afterFailure(error, attempt, turn.now(), settledAfterMs, random)
  if (!(error instanceof Fault)) turn.onBug(error)
  // What iMIS refuses may be a party that it no longer knows: the next try asks who it is again.
  const isDoubtful = outcome.state === 'parked' && known.partyVia === 'sourceId'
  await end(turn, claim, {
    ...known,
    ...(isDoubtful ? { partyVia: null } : {}),
    ...outcome,
    attempt,
    ...(followed ? { eventCode: followed.event.eventCode } : {}),
    eventStub: claim.eventStub,
  })
  turn.trail.note({
    account: turn.account,
    kind: error instanceof Fault && error.vendor === 'cvent' ? 'cvent' : 'imis',
    level: outcome.state === 'parked' ? 'failure' : 'warning',
    code: outcome.state === 'parked' ? 'registration-parked' : 'registration-put-off',
    text: reasonOf(error),
    trace: turn.trace,
    registrationId: claim.id,
    eventCode: followed?.event.eventCode,
    partyId: known.partyId ?? undefined,
    detail: {
      attempt,
      ...(outcome.state === 'waiting' ? { dueAt: outcome.dueAt } : {}),
      ...(error instanceof Fault && error.errors ? { errors: error.errors } : {}),
    },
  })
}

import type { RegistrationUpdate } from '../../db/database.ts'
import { LeaseLost, renewLease } from '../../db/leases.ts'
import { isStoreTrouble } from '../../db/engine/errors.ts'
import { dueRegistrations, settle, type Claimed } from '../../db/registration-claims.ts'
import { replacementsOf } from './replacements.ts'
import { Fault, isPassing } from '../errors.ts'
import { eventOfStub, type FollowedEvent } from './reconcile/event-snapshot.ts'
import { follow, followMovedAway } from './sync-registration.ts'
import { isOfAll, mustPause, type Failed } from './worker/ask-halving.ts'
import { configuredOf, setAside, splitByEvent } from './message-hints.ts'
import { afterFailure, delayAfter, reasonOf } from './worker/retry-policy.ts'
import { endPass, readItems, startPass, type Itemized, type Pass } from './read-order-items.ts'
import { peopleKeys } from './people-keys.ts'
import { erasePurged, isErasedAnyway, purgedContact } from './purged-contact.ts'
import { readAttendees, type Reading } from './read-attendees.ts'
import type { TurnDeps } from './worker/job.ts'
import { unpackDue } from './unpack-messages.ts'

/** Claimed at once, by id and version only; read and written in slices. */
const CLAIMED_AT_ONCE = 5000
const SLICE = 100

/**
 * Syncs the due registrations of an account: what Cvent says of each now is brought to iMIS. Whatever fails is the failure
 * of the registrations it concerns: each succeeds, waits for its next try, or is shown as needing attention.
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

/** What comes in while a long pass is under way is not kept waiting for the end of it. */
async function late(turn: TurnDeps, passStartedAt: number): Promise<number> {
  await unpackDue(turn)
  const { db, account } = turn
  const claims = await dueRegistrations(db, account, turn.now(), SLICE, passStartedAt)
  return converge(turn, claims, async () => 0)
}

async function converge(
  turn: TurnDeps,
  claims: Claimed[],
  betweenSlices: () => Promise<number>,
): Promise<number> {
  const pass = startPass(claims)
  const slices = slicesOf(claims)
  let worked = 0
  for (const [at, slice] of slices.entries()) {
    if (turn.isStopping()) break
    await convergeSlice(turn, slice, pass)
    worked += slice.length
    if (at + 1 < slices.length) worked += await betweenSlices()
  }
  await endPass(turn, pass)
  return worked
}

/**
 * Cuts claims into slices that are read at once: those of one event together, and those that failed before apart from the
 * others, who must not fail with them.
 */
function slicesOf(claims: Claimed[]): Claimed[][] {
  const [failed = [], fresh = []] = [true, false].map((hasFailed) => {
    const some = claims.filter(({ attempt }) => attempt > 0 === hasFailed)
    return [...Map.groupBy(some, ({ eventStub }) => eventStub).values()].flat()
  })
  const slices: Claimed[][] = []
  for (const some of [fresh, failed])
    for (let at = 0; at < some.length; at += SLICE) slices.push(some.slice(at, at + SLICE))
  return slices
}

async function convergeSlice(turn: TurnDeps, slice: Claimed[], pass: Pass) {
  await renewLease(turn.db, turn.lease, turn.leaseUntil())
  const claims = await configuredOf(turn, slice, end)
  const { readings, failed } = await readAttendees(turn, claims, pass)
  await putOffAll(turn, failed)
  for (const { eventStub, ofEvent } of splitByEvent(readings)) {
    const event = await eventOrFailure(turn, eventStub)
    if (event instanceof Error) await putOffAll(turn, failuresOf(ofEvent, event))
    else if (!event) await withoutEvent(turn, ofEvent, eventStub)
    else {
      const { itemized, failed } = await readItems(turn, event, ofEvent, pass)
      await putOffAll(turn, failed)
      await followAll(turn, event, itemized)
    }
  }
}

/** A document that cannot be read is the failure of its own registrations. */
async function eventOrFailure(turn: TurnDeps, eventStub: string | undefined) {
  if (eventStub === undefined) return undefined
  try {
    return await eventOfStub(turn, eventStub)
  } catch (error) {
    if (isOfAll(turn, error)) throw error
    return error instanceof Error ? error : new Error('unknown')
  }
}

function failuresOf(readings: Reading[], error: unknown): Failed<Claimed>[] {
  return readings.map(({ claim }) => ({ thing: claim, error, isOwn: true }))
}

/** Cvent has the attendees in no event that is configured; what stands of one it was in before is withdrawn. */
async function withoutEvent(turn: TurnDeps, readings: Reading[], eventStub: string | undefined) {
  for (const reading of readings) {
    const { claim, attendee, row } = reading
    if (eventStub === undefined) {
      await alone(turn, claim, {}, undefined, async () => ({
        state: 'synced',
        syncedVersion: claim.wantedVersion,
        reason: 'Cvent does not know this attendee',
        attempt: 0,
      }))
      continue
    }
    const before =
      !attendee || row.eventStub === null || row.eventStub === eventStub
        ? undefined
        : await eventOrFailure(turn, row.eventStub)
    if (before instanceof Error) await putOffAll(turn, failuresOf([reading], before))
    else if (before)
      await alone(turn, claim, {}, before.event.eventCode, () =>
        followMovedAway(turn, before, reading, eventStub),
      )
    else await setAside(turn, claim, eventStub, end)
  }
}

async function followAll(turn: TurnDeps, event: FollowedEvent, itemized: Itemized[]) {
  const replacements = await replacementsOf(
    turn,
    itemized.map(({ row }) => row),
  )
  // Primaries before their guests, who stand on the primary's record.
  const queue = itemized.toSorted((a, b) => Number(isGuest(a)) - Number(isGuest(b)))

  async function workThrough() {
    for (let one = queue.shift(); one && !turn.isStopping(); one = queue.shift()) {
      const { claim, row } = one
      const findings = { ...one, ...replacements.get(row.attendeeId) }
      const { partyId, partyVia } = row
      const known: RegistrationUpdate = {}
      const before = () => ({ partyId, partyVia, ...known })
      await turn.oneByOne(peopleKeys(one.attendee, row), () =>
        alone(turn, claim, before, event.event.eventCode, async () => {
          const purged = await purgedContact(turn, one)
          if (purged === undefined) return follow(turn, event, claim, findings, known)
          await lastSync(claim, () => follow(turn, event, claim, findings, {}))
          await erasePurged(turn, purged)
          return { state: 'erased' }
        }),
      )
    }
  }
  const lanes = Array.from({ length: turn.loaded.account.imis.parallelWrites }, workThrough)
  const ended = await Promise.allSettled(lanes)
  for (const lane of ended) if (lane.status === 'rejected') throw lane.reason
}

/** What is to be withdrawn of a purged contact is, as long as that can be done. */
async function lastSync({ attempt }: Claimed, sync: () => Promise<unknown>) {
  try {
    await sync()
  } catch (error) {
    if (mustPause(error) || !isErasedAnyway(error, attempt)) throw error
  }
}

function isGuest({ attendee }: Itemized) {
  return attendee?.isGuest ?? false
}

/** Runs the work on one registration; whatever fails is its own failure, the storing of its result included. */
async function alone(
  turn: TurnDeps,
  claim: Claimed,
  known: RegistrationUpdate | (() => RegistrationUpdate),
  eventCode: string | undefined,
  work: () => Promise<RegistrationUpdate & { state: string }>,
) {
  try {
    await end(turn, claim, await work())
  } catch (error) {
    if (error instanceof LeaseLost || mustPause(error) || isStoreTrouble(error)) throw error
    if (turn.isStopping() && isPassing(error) && !error.mayHaveHappened) throw error
    await putOff(turn, claim, error, {
      eventCode,
      known: typeof known === 'function' ? known() : known,
    })
  }
}

async function end(turn: TurnDeps, claim: Claimed, update: RegistrationUpdate & { state: string }) {
  const { id, wantedVersion } = claim
  if (!(await settle(turn.db, turn.lease, id, wantedVersion, update, turn.now())))
    throw new LeaseLost(`the lease on ${turn.lease.name} went to another worker`)
}

/** True when the vendor that failed has answered another call since the last try. */
function hasAnsweredSince({ answeredAt }: TurnDeps, error: unknown, triedAt: number) {
  if (!(error instanceof Fault) || error.vendor === undefined) return false
  return answeredAt[error.vendor] > triedAt
}

/** Those that failed together draw one jitter, so that they are read together again and not by a call each. */
async function putOffAll(turn: TurnDeps, failed: Failed<Claimed>[]) {
  const drawn = Math.random()
  for (const { thing, error, isOwn } of failed)
    await putOff(turn, thing, error, { isOwn, random: () => drawn })
}

/** Reschedules one registration whose try failed, or shows it as needing attention. */
async function putOff(
  turn: TurnDeps,
  claim: Claimed,
  error: unknown,
  {
    eventCode = claim.eventCode ?? undefined,
    known = {},
    isOwn = true,
    random = Math.random,
  }: {
    eventCode?: string | undefined
    known?: RegistrationUpdate
    isOwn?: boolean
    random?: () => number
  },
) {
  const attempt = claim.attempt + 1
  const settledAfterMs = turn.deadlineMs + turn.settleMs
  // A failure shared with others may be another's: it is no reason to give this one up.
  const outcome = isOwn
    ? afterFailure(error, attempt, turn.now(), {
        settledAfterMs,
        random,
        isVendorWell: hasAnsweredSince(turn, error, claim.updatedAt),
      })
    : {
        state: 'waiting' as const,
        dueAt: turn.now() + delayAfter(attempt, random),
        reason: reasonOf(error),
      }
  if (!(error instanceof Fault)) turn.onBug(error)
  // What iMIS refuses may be a party that it no longer knows: the next try asks who it is again.
  const isDoubtful = outcome.state === 'parked' && known.partyVia === 'sourceId'
  const rest = { ...outcome, attempt }
  try {
    await end(turn, claim, {
      ...known,
      ...(isDoubtful ? { partyVia: null } : {}),
      ...(eventCode === undefined ? {} : { eventCode }),
      ...rest,
    })
  } catch (refused) {
    if (refused instanceof LeaseLost || isStoreTrouble(refused)) throw refused
    // The database refuses something of what was learnt: the registration rests without it.
    turn.onBug(refused)
    await end(turn, claim, rest)
  }
  turn.trail.note({
    account: turn.account,
    kind: error instanceof Fault && error.vendor === 'cvent' ? 'cvent' : 'imis',
    level: outcome.state === 'parked' ? 'failure' : 'warning',
    code: outcome.state === 'parked' ? 'registration-parked' : 'registration-put-off',
    text: reasonOf(error),
    trace: turn.trace,
    registrationId: claim.id,
    eventCode,
    partyId: known.partyId ?? undefined,
    detail: {
      attempt,
      ...(outcome.state === 'waiting' ? { dueAt: outcome.dueAt } : {}),
      ...(error instanceof Fault && error.errors ? { errors: error.errors } : {}),
    },
  })
}

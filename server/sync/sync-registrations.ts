import type { RegistrationUpdate } from '../../db/database.ts'
import { LeaseLost, renewLease } from '../../db/leases.ts'
import { isStoreTrouble } from '../../db/engine/errors.ts'
import { dueRegistrations, settle, type Claimed } from '../../db/registration-claims.ts'
import { replacementsOf } from './replacements.ts'
import { Fault, isPassing } from '../errors.ts'
import { eventOfStub, type SyncedEvent } from './reconcile/event-snapshot.ts'
import { syncRegistration, syncMovedAway } from './sync-registration.ts'
import { isOfAll, mustPause, type Failed } from './worker/ask-halving.ts'
import { configuredOf, setAside, splitByEvent } from './message-hints.ts'
import { afterFailure, delayAfter, reasonOf } from './worker/retry-policy.ts'
import { endPass, readItems, startPass, type Itemized, type Pass } from './read-order-items.ts'
import { peopleKeys } from './people-keys.ts'
import { erasePurged, isErasedAnyway, purgedContact } from './purged-contact.ts'
import { readAttendees, type Reading } from './read-attendees.ts'
import type { SyncJob } from './worker/job.ts'
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
export async function syncDueRegistrations(job: SyncJob): Promise<number> {
  const startedAt = job.now()
  const claims = await dueRegistrations(job.db, job.account, startedAt, CLAIMED_AT_ONCE)
  return syncRegistrations(job, claims, () => late(job, startedAt))
}

/** What comes in while a long pass is under way is not kept waiting for the end of it. */
async function late(job: SyncJob, passStartedAt: number): Promise<number> {
  await unpackDue(job)
  const { db, account } = job
  const claims = await dueRegistrations(db, account, job.now(), SLICE, passStartedAt)
  return syncRegistrations(job, claims, async () => 0)
}

async function syncRegistrations(
  job: SyncJob,
  claims: Claimed[],
  betweenSlices: () => Promise<number>,
): Promise<number> {
  const pass = startPass(claims)
  const slices = slicesOf(claims)
  let worked = 0
  for (const [at, slice] of slices.entries()) {
    if (job.isStopping()) break
    await syncSlice(job, slice, pass)
    worked += slice.length
    if (at + 1 < slices.length) worked += await betweenSlices()
  }
  await endPass(job, pass)
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

async function syncSlice(job: SyncJob, slice: Claimed[], pass: Pass) {
  await renewLease(job.db, job.lease, job.leaseUntil())
  const claims = await configuredOf(job, slice, end)
  const { readings, failed } = await readAttendees(job, claims, pass)
  await putOffAll(job, failed)
  for (const { eventStub, ofEvent } of splitByEvent(readings)) {
    const event = await eventOrFailure(job, eventStub)
    if (event instanceof Error) await putOffAll(job, failuresOf(ofEvent, event))
    else if (!event) await withoutEvent(job, ofEvent, eventStub)
    else {
      const { itemized, failed } = await readItems(job, event, ofEvent, pass)
      await putOffAll(job, failed)
      await syncAll(job, event, itemized)
    }
  }
}

/** A document that cannot be read is the failure of its own registrations. */
async function eventOrFailure(job: SyncJob, eventStub: string | undefined) {
  if (eventStub === undefined) return undefined
  try {
    return await eventOfStub(job, eventStub)
  } catch (error) {
    if (isOfAll(job, error)) throw error
    return error instanceof Error ? error : new Error('unknown')
  }
}

function failuresOf(readings: Reading[], error: unknown): Failed<Claimed>[] {
  return readings.map(({ claim }) => ({ thing: claim, error, isOwn: true }))
}

/** Cvent has the attendees in no event that is configured; what stands of one it was in before is withdrawn. */
async function withoutEvent(job: SyncJob, readings: Reading[], eventStub: string | undefined) {
  for (const reading of readings) {
    const { claim, attendee, row } = reading
    if (eventStub === undefined) {
      await alone(job, claim, {}, undefined, async () => ({
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
        : await eventOrFailure(job, row.eventStub)
    if (before instanceof Error) await putOffAll(job, failuresOf([reading], before))
    else if (before)
      await alone(job, claim, {}, before.event.eventCode, () =>
        syncMovedAway(job, before, reading, eventStub),
      )
    else await setAside(job, claim, eventStub, end)
  }
}

async function syncAll(job: SyncJob, event: SyncedEvent, itemized: Itemized[]) {
  const replacements = await replacementsOf(
    job,
    itemized.map(({ row }) => row),
  )
  // Primaries before their guests, who stand on the primary's record.
  const queue = itemized.toSorted((a, b) => Number(isGuest(a)) - Number(isGuest(b)))

  async function workThrough() {
    for (let one = queue.shift(); one && !job.isStopping(); one = queue.shift()) {
      const { claim, row } = one
      const findings = { ...one, ...replacements.get(row.attendeeId) }
      const { partyId, matchedBy } = row
      const known: RegistrationUpdate = {}
      const before = () => ({ partyId, matchedBy, ...known })
      await job.oneByOne(peopleKeys(one.attendee, row), () =>
        alone(job, claim, before, event.event.eventCode, async () => {
          const purged = await purgedContact(job, one)
          if (purged === undefined) return syncRegistration(job, event, claim, findings, known)
          await lastSync(claim, () => syncRegistration(job, event, claim, findings, {}))
          await erasePurged(job, purged)
          return { state: 'erased' }
        }),
      )
    }
  }
  const lanes = Array.from({ length: job.loaded.account.imis.parallelWrites }, workThrough)
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
  job: SyncJob,
  claim: Claimed,
  known: RegistrationUpdate | (() => RegistrationUpdate),
  eventCode: string | undefined,
  work: () => Promise<RegistrationUpdate & { state: string }>,
) {
  try {
    await end(job, claim, await work())
  } catch (error) {
    if (error instanceof LeaseLost || mustPause(error) || isStoreTrouble(error)) throw error
    if (job.isStopping() && isPassing(error) && !error.mayHaveHappened) throw error
    await putOff(job, claim, error, {
      eventCode,
      known: typeof known === 'function' ? known() : known,
    })
  }
}

async function end(job: SyncJob, claim: Claimed, update: RegistrationUpdate & { state: string }) {
  const { id, wantedVersion } = claim
  if (!(await settle(job.db, job.lease, id, wantedVersion, update, job.now())))
    throw new LeaseLost(`the lease on ${job.lease.name} went to another worker`)
}

/** True when the vendor that failed has answered another call since the last try. */
function hasAnsweredSince({ answeredAt }: SyncJob, error: unknown, triedAt: number) {
  if (!(error instanceof Fault) || error.vendor === undefined) return false
  return answeredAt[error.vendor] > triedAt
}

/** Those that failed together draw one jitter, so that they are read together again and not by a call each. */
async function putOffAll(job: SyncJob, failed: Failed<Claimed>[]) {
  const drawn = Math.random()
  for (const { thing, error, isOwn } of failed)
    await putOff(job, thing, error, { isOwn, random: () => drawn })
}

/** Reschedules one registration whose try failed, or shows it as needing attention. */
async function putOff(
  job: SyncJob,
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
  const settledAfterMs = job.deadlineMs + job.settleMs
  // A failure shared with others may be another's: it is no reason to give this one up.
  const outcome = isOwn
    ? afterFailure(error, attempt, job.now(), {
        settledAfterMs,
        random,
        isVendorWell: hasAnsweredSince(job, error, claim.updatedAt),
      })
    : {
        state: 'waiting' as const,
        dueAt: job.now() + delayAfter(attempt, random),
        reason: reasonOf(error),
      }
  if (!(error instanceof Fault)) job.onBug(error)
  // What iMIS refuses may be a party that it no longer knows: the next try asks who it is again.
  const isDoubtful = outcome.state === 'dead' && known.matchedBy === 'sourceId'
  const rest = { ...outcome, attempt }
  try {
    await end(job, claim, {
      ...known,
      ...(isDoubtful ? { matchedBy: null } : {}),
      ...(eventCode === undefined ? {} : { eventCode }),
      ...rest,
    })
  } catch (refused) {
    if (refused instanceof LeaseLost || isStoreTrouble(refused)) throw refused
    // The database refuses something of what was learnt: the registration rests without it.
    job.onBug(refused)
    await end(job, claim, rest)
  }
  job.log({
    kind: error instanceof Fault && error.vendor === 'cvent' ? 'cvent' : 'imis',
    level: outcome.state === 'dead' ? 'failure' : 'warning',
    code: outcome.state === 'dead' ? 'registration-dead' : 'registration-rescheduled',
    text: reasonOf(error),
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

import type { RegistrationUpdate } from '../../db/database.ts'
import { eventsByStubs } from '../../db/due/reconciles.ts'
import type { Claimed } from '../../db/registration-claims.ts'
import type { Reading } from './read-attendees.ts'
import type { SyncJob } from './worker/job.ts'

/** How often attendees are asked for whom messages name with an event that is not configured, when nobody else is due. */
const HINTS_EVERY_MS = 15 * 60_000
/** Attendees in one call: as many cost no more than one. */
const A_CALL = 100

/** Ends the work on one registration. */
export type End = (
  job: SyncJob,
  claim: Claimed,
  update: RegistrationUpdate & { state: string },
) => Promise<void>

/**
 * Returns the claims that Cvent is asked for. One that Cvent has said to be in an event that is not configured rests at
 * once. One of which only a message says so is asked for in a call that is made anyway, else a quarter of an hour later with
 * others of its kind: an account may have hundreds of events that are not configured.
 */
export async function configuredOf(job: SyncJob, claims: Claimed[], end: End): Promise<Claimed[]> {
  const stubs = new Set(claims.flatMap(({ eventStub }) => eventStub ?? []))
  const events = await eventsByStubs(job.db, job.account, [...stubs])
  const configured = new Set(
    events.filter(({ enabled }) => enabled === 1).map(({ eventStub }) => eventStub),
  )
  const isOurs = ({ eventStub }: Claimed) => eventStub === null || configured.has(eventStub)
  const asked = claims.filter(isOurs)
  const others = claims.filter((claim) => !isOurs(claim))
  for (const claim of others)
    if (claim.isEventRead === 1) await setAside(job, claim, claim.eventStub, end)
  const hinted = others.filter(({ isEventRead }) => isEventRead === 0)
  if (hinted.length === 0) return asked
  const isDue = job.now() - job.hints.askedAt >= HINTS_EVERY_MS
  const riding = isDue ? hinted.length : asked.length > 0 ? Math.max(0, A_CALL - asked.length) : 0
  if (isDue) job.hints.askedAt = job.now()
  for (const claim of hinted.slice(riding))
    await end(job, claim, {
      state: 'waiting',
      dueAt: job.hints.askedAt + HINTS_EVERY_MS,
      reason: 'a message names an event that is not configured; Cvent is asked in a few minutes',
      attempt: claim.attempt,
    })
  return [...asked, ...hinted.slice(0, riding)]
}

/** Lets a registration of an event that is not configured, or switched off, wait for the day it is. */
export async function setAside(job: SyncJob, claim: Claimed, eventStub: string | null, end: End) {
  await end(job, claim, {
    state: 'unconfigured',
    eventStub,
    isEventRead: 1,
    reason: 'the event is not configured, or switched off',
    attempt: 0,
  })
}

/** Groups readings by the event Cvent says they are in; one that Cvent no longer has stays in the event it was in. */
export function splitByEvent(
  readings: Reading[],
): { eventStub: string | undefined; ofEvent: Reading[] }[] {
  const groups = Map.groupBy(
    readings,
    ({ attendee, row }) => (attendee?.eventStub || row.eventStub) ?? undefined,
  )
  return [...groups].map(([eventStub, ofEvent]) => ({ eventStub, ofEvent }))
}

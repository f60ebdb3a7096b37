import type { LedgerRow, RegistrationRow } from '../../db/database.ts'
import { ledgerOfAttendees } from '../../db/ledger.ts'
import type { Claimed } from '../../db/registration-claims.ts'
import { registrationsOfAttendees } from '../../db/registrations.ts'
import type { Attendee } from '../cvent/cvent.ts'
import { Fault } from '../errors.ts'
import { isHolding } from './wanted/activities.ts'
import { askHalving, isOfAll, type Failed } from './worker/ask-halving.ts'
import { snapshotOfRegistration, withKnown, type Snapshot } from './known-attendee.ts'
import type { Pass } from './read-order-items.ts'
import { unreadableOf } from './set-aside.ts'
import type { SyncJob } from './worker/job.ts'

/** A claimed registration with what we hold of it, and what Cvent says of it now. */
export interface Reading {
  claim: Claimed
  row: RegistrationRow
  ledger: LedgerRow[]
  /** What was stored of it when it was last read. */
  known: Snapshot | undefined
  /** Undefined: Cvent says for certain that it has no such attendee (any more). */
  attendee: Attendee | undefined
  /** Cvent shows no contact, or a deleted one: its data may have been erased there. */
  mayBePurged: boolean
  readMs: number
}

/** Attendees missing from an answer that are asked for one by one, in a slice and in a whole pass. */
const PROBES = { slice: 25, pass: 100 }

/**
 * Reads what Cvent says of claimed registrations, a hundred in one call. What cannot be read fails alone: one the answer
 * cannot be read of, one Cvent cannot be asked about, and one that is missing from an answer without proof that it is gone.
 *
 * @throws as `askHalving`
 */
export async function readAttendees(
  job: SyncJob,
  claims: Claimed[],
  pass: Pass,
): Promise<{ readings: Reading[]; failed: Failed<Claimed>[] }> {
  const startedAt = job.now()
  const ids = claims.map(({ attendeeId }) => attendeeId)
  const rows = new Map(
    (await registrationsOfAttendees(job.db, job.account, ids)).map((row) => [row.id, row]),
  )
  const ledger = Map.groupBy(
    await ledgerOfAttendees(job.db, job.account, ids),
    ({ attendeeId }) => attendeeId,
  )
  const { answers, failed } = await askHalving(job, claims, async (some) => {
    const asked = some.map(({ attendeeId }) => attendeeId)
    const list = await job.keeping(job.cvent.attendees(asked, job.bulkCall))
    return { items: list.items, odd: unreadableOf(asked, list, []) }
  })
  const found = new Map(
    answers.flatMap(({ items }) => items.map((attendee) => [attendee.attendeeId, attendee])),
  )
  const odd = new Map(answers.flatMap((answer) => [...answer.odd]))
  const unasked = new Set(failed.map(({ thing }) => thing.id))
  const readings: Reading[] = []
  const missing: Reading[] = []
  for (const claim of claims) {
    const row = rows.get(claim.id)
    if (!row || unasked.has(claim.id)) continue
    const error = odd.get(claim.attendeeId)
    if (error) {
      failed.push({ thing: claim, error, isOwn: true })
      continue
    }
    const attendee = found.get(claim.attendeeId)
    const known = snapshotOfRegistration(row)
    const reading = { claim, row, known, ledger: ledger.get(claim.attendeeId) ?? [] }
    const readMs = job.now() - startedAt
    const mayBePurged = mayHavePurged(attendee)
    if (attendee)
      readings.push({
        ...reading,
        attendee: withKnown(attendee, known?.attendee),
        mayBePurged,
        readMs,
      })
    else missing.push({ ...reading, attendee: undefined, mayBePurged, readMs })
  }
  await probe(job, missing, pass, { readings, failed })
  return { readings, failed }
}

/**
 * Asks for each attendee by itself that an answer left out, for only Cvent's own 404 withdraws anything. One that is there
 * after all proves the list wrong; the others then wait for the next try.
 */
async function probe(
  job: SyncJob,
  missing: Reading[],
  pass: Pass,
  into: { readings: Reading[]; failed: Failed<Claimed>[] },
) {
  let probes = 0
  for (const reading of missing) {
    if (!hasStake(reading)) {
      into.readings.push(reading)
      continue
    }
    if (pass.isListWrong || probes >= PROBES.slice || pass.probes >= PROBES.pass) {
      into.failed.push({ thing: reading.claim, error: leftOut(), isOwn: false })
      continue
    }
    probes += 1
    pass.probes += 1
    try {
      const attendee = await job.cvent.attendee(reading.claim.attendeeId, job.call)
      pass.isListWrong = attendee !== undefined
      into.readings.push({
        ...reading,
        attendee: attendee && withKnown(attendee, reading.known?.attendee),
        mayBePurged: mayHavePurged(attendee),
      })
    } catch (error) {
      if (isOfAll(job, error)) throw error
      into.failed.push({ thing: reading.claim, error, isOwn: true })
    }
  }
}

function mayHavePurged(attendee: Attendee | undefined) {
  return attendee === undefined || attendee.contact.isMissing || attendee.contact.isDeleted
}

/**
 * Something stands in iMIS, or on a member's page, that would be withdrawn; or an answer that is wrong would have the
 * attendee forgotten for good: one who was never read, or who may have registered again. Only who is known to be deleted has
 * nothing to lose.
 */
function hasStake({ row, ledger, known }: Reading) {
  if (row.readAt === null || row.status !== 'Deleted') return true
  const isCurrent = ledger.some(
    ({ standing, state }) => standing === 'current' && state !== 'deleted',
  )
  return isCurrent || (known !== undefined && isHolding(known.attendee))
}

function leftOut() {
  return new Fault(
    'VENDOR_UNAVAILABLE',
    "Cvent's answer left this attendee out; it is asked for again before anything is withdrawn",
    { vendor: 'cvent' },
  )
}

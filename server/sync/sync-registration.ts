import type { LedgerRow, RegistrationRow, RegistrationUpdate } from '../../db/database.ts'
import { isStanding } from '../../db/attendee-status.ts'
import type { Claimed } from '../../db/registration-claims.ts'
import { touch, touchGuests, touchReplaced } from '../../db/touches.ts'
import { counted } from '../plural.ts'
import { Fault } from '../errors.ts'
import type { Attendee, OrderItem, Session } from '../cvent/cvent.ts'
import { isProven } from '../identity/person-match.ts'
import {
  isEventCancelled,
  isHolding,
  isKnownStatus,
  isRegistered,
  wantedActivities,
  type Facts,
} from './wanted/activities.ts'
import type { SyncedEvent } from './reconcile/event-snapshot.ts'
import { delayAfter, TRIES_OF_A_DAY } from './worker/retry-policy.ts'
import { recordRegistration, type WantedRegistration } from './write/imis-registration.ts'
import type { RecordOf } from './write/find-activity.ts'
import { findPlace, isConcerned, leftOutReason, type Place } from './find-place.ts'
import type { Reading } from './read-attendees.ts'
import { recordActivities } from './write/run-writes.ts'
import type { SyncJob } from './worker/job.ts'
import type { WantedActivity } from './wanted/wanted.ts'
import type { PartyMatch } from './match-party.ts'

/** What was read of one registration before it is followed. */
export interface Findings {
  /** Undefined: Cvent no longer has it. */
  attendee: Attendee | undefined
  row: RegistrationRow
  /** Every order line of this attendee; undefined when they are not known. */
  items: OrderItem[] | undefined
  ledger: LedgerRow[]
  readMs: number
  replacedBy?: Facts['replacedBy']
  inPlaceOf?: Facts['inPlaceOf']
  /** Why it is withdrawn without an attendee; default: Cvent no longer has it. */
  goneText?: string
}

/** Cvent shows no contact for somebody who holds a place: the next answer may show another person. */
function isContactLeftOut(attendee: Attendee) {
  return attendee.contact.isMissing && isHolding(attendee)
}

/** A contact that is missing has the attendee's own id, unless an earlier answer showed it. */
function isContactKnown({ attendeeId, contact }: Attendee) {
  return contact.contactStub !== attendeeId
}

/**
 * What has a registration read again that was synced with the contact of an earlier answer: Cvent lists nobody as changed
 * when its answer is whole again. After a day the contact that is known counts.
 */
function againSoon(job: SyncJob, { attempt }: Claimed): Partial<Settled> {
  if (attempt >= TRIES_OF_A_DAY) return {}
  return {
    state: 'waiting',
    attempt: attempt + 1,
    dueAt: job.now() + delayAfter(attempt + 1, Math.random),
    reason: 'Cvent shows no contact for this attendee; it is read again',
  }
}

/**
 * Has an attendee read again whose answer lacks what decides: nothing else would, because Cvent changes nothing when it
 * mends its answer.
 *
 * @throws Fault `VENDOR_UNAVAILABLE`
 */
function refuseIncomplete(attendee: Attendee | undefined, isUnclear: boolean) {
  const what = isUnclear
    ? 'gives no status we know for this attendee'
    : attendee && isContactLeftOut(attendee) && !isContactKnown(attendee)
      ? 'shows no contact for this attendee'
      : undefined
  if (what !== undefined)
    throw new Fault('VENDOR_UNAVAILABLE', `Cvent ${what}; it is read again`, { vendor: 'cvent' })
}

type Settled = RegistrationUpdate & { state: string }

/**
 * Follows one registration: who it is, what iMIS should hold, and the writes that are missing.
 *
 * `known` is filled with what its row should say even when the writes fail: the member's own state is read from it.
 *
 * @returns what its row rests with
 * @throws Fault of a vendor; what was written before it is in the ledger. LeaseLost
 */
export async function syncRegistration(
  job: SyncJob,
  synced: SyncedEvent,
  claim: Claimed,
  findings: Findings,
  known: RegistrationUpdate = {},
): Promise<Settled> {
  const { attendee, row, items, ledger, readMs, replacedBy, inPlaceOf } = findings
  const { event } = synced
  job.log({
    kind: 'cvent',
    code: attendee ? 'registration-read' : 'registration-missing',
    text: attendee
      ? `Cvent says ${attendee.status}${attendee.isGuest ? ', a guest' : ''}`
      : (findings.goneText ?? 'Cvent no longer has this attendee'),
    registrationId: row.id,
    eventCode: event.eventCode,
    durationMs: readMs,
    detail: {
      attendeeId: row.attendeeId,
      version: claim.wantedVersion,
      items: items?.length ?? null,
    },
  })
  const isUnclear = attendee !== undefined && !isKnownStatus(attendee.status)
  const learnt = attendee
    ? {
        ...learntOf(synced, attendee, items),
        // A status that is missing, or new, is not another status: the one that is known stays.
        ...(isUnclear && row.status !== null && { status: row.status }),
      }
    : {}
  // Without `modifiedAt`: a reconcile must find that this change has not been followed yet.
  const { modifiedAt: _modifiedAt, ...status } = attendee ? learnt : { status: 'Deleted' }
  Object.assign(known, status)
  const rest: Settled = {
    ...learnt,
    state: 'synced',
    syncedVersion: claim.wantedVersion,
    attempt: 0,
    reason: null,
    candidates: null,
    eventCode: event.eventCode,
    eventStub: synced.eventStub,
    readAt: job.now(),
    syncedAt: job.now(),
    ...(attendee && isContactLeftOut(attendee) && againSoon(job, claim)),
  }
  const of = { registrationId: row.id, eventCode: event.eventCode }
  const startedAt = job.now()
  const leftOut = leftOutReason(job, synced, attendee)
  if (leftOut === 'test') {
    const reason = 'a test registration'
    noteDecision(job, of, { text: `Left out: ${reason}`, startedAt })
    return { ...rest, state: 'left-out', reason }
  }
  if (claim.attempt < TRIES_OF_A_DAY) refuseIncomplete(attendee, isUnclear)
  if (leftOut === 'unknown-status') {
    const reason = 'Cvent gives no status we know, so iMIS is left as it is'
    noteDecision(job, of, { text: `Left out: ${reason}`, startedAt })
    return { ...rest, reason }
  }

  // Cvent may give the guests of a place that ended to another attendee without listing them as changed.
  const isEnded = !attendee || !isHolding(attendee)
  if (isEnded && isStanding(row))
    await job.fenced((tx) => touchGuests(tx, job.account, row.attendeeId, job.now()))

  // Who somebody is matters only when there is something to write for them.
  const place =
    attendee && isConcerned(attendee, ledger) ? await placeOf(job, attendee, row) : undefined
  if (place?.partyId !== undefined) Object.assign(known, placed(learnt, place))
  if (attendee && !attendee.isGuest && place?.partyId && place.partyId !== row.partyId)
    await job.fenced(async (tx) => {
      await touchGuests(tx, job.account, attendee.attendeeId, job.now())
      await touchReplaced(tx, job.account, attendee.attendeeId, job.now())
    })

  const facts: Facts = {
    activity: job.loaded.account.activity,
    timeZone: job.loaded.account.imis.timeZone,
    event,
    cventEvent: synced.cventEvent,
    attendeeId: row.attendeeId,
    attendee,
    partyId: attendee ? place?.partyId : (row.partyId ?? undefined),
    isOnPrimary: place?.isOnPrimary ?? false,
    items,
    sessions: await sessionsFor(job, synced, claim, items),
    ledger,
    replacedBy,
    inPlaceOf,
  }
  const wanted = wantedActivities(facts)
  noteDecision(job, of, {
    text: decisionText(place, wanted, ledger),
    startedAt,
    partyId: facts.partyId,
    wanted,
  })
  const recorded = await recordActivities(job, of, wanted, ledger)
  const isDecided = attendee === undefined || facts.partyId !== undefined || !isHolding(attendee)
  if (
    isDecided &&
    (event.imisRegistration || ledger.some(({ kind }) => kind === 'imis-registration'))
  )
    await recordRegistration(job, of, wantedRegistration(facts), ledger)
  const gone = recorded.some(({ did }) => did === 'missing')
  const said = gone
    ? { reason: 'an activity was deleted in iMIS' }
    : attendee && items === undefined
      ? { reason: 'written without amounts and functions: Cvent does not let us read order items' }
      : {}
  if (!attendee) return { ...rest, ...said, status: 'Deleted' }
  if (!place) return { ...rest, ...said }
  if (place.partyId === undefined) {
    // Whose record the rows still stand on is whose registration it is, until somebody says otherwise.
    const standing = ledger.some(
      (written) =>
        written.partyId === row.partyId &&
        written.standing === 'current' &&
        written.contactStub === attendee.contact.contactStub,
    )
    // It is no longer sure, though: what is shown only to who it surely is must not be shown any more.
    const doubtful = isProven(row.matchedBy) ? { matchedBy: null } : {}
    const nobody = standing && isHolding(attendee) ? doubtful : { partyId: null, matchedBy: null }
    return { ...unmatched(job, rest, of, place), ...nobody }
  }
  return { ...rest, ...said, ...placed(learnt, place) }
}

/**
 * Withdraws what stands of an event that Cvent has moved the attendee out of, into one that is not configured.
 *
 * @throws as `follow`
 */
export async function syncMovedAway(
  job: SyncJob,
  before: SyncedEvent,
  { claim, attendee, row, ledger, readMs }: Reading,
  eventStub: string,
): Promise<Settled> {
  const rest = await syncRegistration(job, before, claim, {
    attendee: undefined,
    row,
    items: undefined,
    ledger,
    readMs,
    goneText: 'Cvent has the attendee in another event now, which is not configured',
  })
  return {
    ...rest,
    status: attendee?.status ?? null,
    state: 'unconfigured',
    eventStub,
    eventCode: null,
    isEventRead: 1,
    reason: 'it moved to an event that is not configured, or is switched off',
  }
}

/** Tells the account log what iMIS should hold, before anything is written. */
function noteDecision(
  job: SyncJob,
  of: RecordOf,
  decided: {
    text: string
    startedAt: number
    partyId?: string | undefined
    wanted?: WantedActivity[]
  },
) {
  job.log({
    code: 'registration-decided',
    text: decided.text,
    ...of,
    partyId: decided.partyId,
    durationMs: job.now() - decided.startedAt,
    detail: {
      wanted: (decided.wanted ?? [])
        .slice(0, 50)
        .map(({ productCode, standing, partyId, mayAdd }) => ({
          productCode,
          standing,
          partyId,
          mayAdd,
        })),
    },
  })
}

const MATCHED_BY: Record<string, string> = {
  sourceId: 'by the source id',
  email: 'by the e-mail address',
  assigned: 'as assigned',
  created: 'newly created',
  primary: 'the primary registrant',
}
const ROWS_SAID = 5

function decisionText(place: Place | undefined, wanted: WantedActivity[], ledger: LedgerRow[]) {
  const known = new Set(ledger.map((row) => row.ledgerKey))
  const rows = wanted.filter(({ ledgerKey, mayAdd }) => mayAdd || known.has(ledgerKey))
  if (!place && rows.length === 0) return 'No place is held, and nothing stands in iMIS'
  const match =
    place === undefined
      ? ''
      : place.partyId === undefined
        ? 'Nobody in iMIS is known for it: '
        : `iMIS ID ${place.partyId}, ${MATCHED_BY[place.matchedBy] ?? place.matchedBy}: `
  if (rows.length === 0) return `${match}nothing is written`
  const said = rows.slice(0, ROWS_SAID).map((row) => `${row.productCode} ${row.standing}`)
  const others = rows.length - said.length
  return `${match}${said.join(', ')}${others > 0 ? ` and ${counted(others, 'more row')}` : ''}`
}

function placed(
  learnt: RegistrationUpdate,
  { partyId, matchedBy }: Extract<Place, { matchedBy: string }>,
) {
  const searchText = `${(learnt.searchText ?? '').slice(0, 500)} ${partyId.toLowerCase()}`
  return { searchText, partyId, matchedBy: matchedBy }
}

/** Only people on their own record are registered in iMIS itself; those who wait for a place are not yet. */
function wantedRegistration(facts: Facts): WantedRegistration | undefined {
  const { attendee, partyId, event } = facts
  if (partyId === undefined || attendee === undefined || facts.isOnPrimary) return undefined
  return {
    partyId,
    attendeeId: facts.attendeeId,
    contactStub: attendee.contact.contactStub,
    meetingCode: event.meetingCode,
    isRegistered:
      event.imisRegistration && isRegistered(attendee) && !isEventCancelled(facts.cventEvent),
  }
}

/**
 * Sessions cost a call: only for an attendee who has one, where rows are written for them.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` when one of the attendee's may be the one that cannot be read
 */
async function sessionsFor(
  job: SyncJob,
  { event, eventStub }: SyncedEvent,
  { attempt }: Claimed,
  items: OrderItem[] | undefined,
): Promise<ReadonlyMap<string, Session>> {
  const own = items?.filter(({ productType }) => productType === 'Session') ?? []
  if (event.functions === 'none' || own.length === 0) return new Map()
  const { sessions, isWhole } = await job.sessions(eventStub)
  const isMissing = own.some(({ productId }) => !sessions.has(productId))
  if (isMissing && !isWhole && attempt < TRIES_OF_A_DAY)
    throw new Fault(
      'VENDOR_UNAVAILABLE',
      "A session of this attendee is not among those that can be read in Cvent's list; it is read again",
      { vendor: 'cvent' },
    )
  return sessions
}

/** Finds on whose record the rows stand, and asks for the primary of a guest who was heard of first. */
async function placeOf(job: SyncJob, attendee: Attendee, row: RegistrationRow): Promise<Place> {
  const { place, match, primary } = await findPlace(job, attendee, row)
  if (match.partyId !== undefined) warn(job, row, match)
  const { primaryId } = attendee
  // It is synced next, and touches its guests when it has a party.
  if (place.isOnPrimary && !primary && primaryId !== undefined)
    await job.fenced((tx) =>
      touch(tx, job.account, [{ attendeeId: primaryId, eventStub: attendee.eventStub }], job.now()),
    )
  return place
}

function warn(job: SyncJob, row: RegistrationRow, match: PartyMatch) {
  if (match.partyId === undefined || match.matchedBy === 'created' || match.warning !== undefined)
    job.log({
      kind: 'imis',
      level: match.partyId !== undefined && match.matchedBy === 'created' ? 'info' : 'warning',
      code:
        match.partyId !== undefined && match.matchedBy === 'created'
          ? 'party-created'
          : 'party-warning',
      text:
        match.partyId === undefined
          ? match.reason
          : (match.warning ?? `iMIS ID ${match.partyId} was created`),
      registrationId: row.id,
      partyId: match.partyId,
    })
}

function unmatched(
  job: SyncJob,
  rest: Settled,
  of: { registrationId: string; eventCode: string },
  place: Extract<Place, { partyId: undefined }>,
): Settled {
  job.log({
    code: 'registration-unmatched',
    text: place.reason,
    ...of,
    detail: { candidates: place.candidates.length },
  })
  return {
    ...rest,
    state: 'unmatched',
    reason: place.reason,
    candidates: JSON.stringify(place.candidates),
  }
}

/** What the row keeps of what Cvent said. */
function learntOf(
  { event }: SyncedEvent,
  attendee: Attendee,
  items: OrderItem[] | undefined,
): RegistrationUpdate {
  const { contact } = attendee
  const words = [
    contact.firstName,
    contact.lastName,
    contact.email,
    attendee.confirmationNumber,
    attendee.contact.sourceId,
  ]
  return {
    eventCode: event.eventCode,
    isEventRead: 1,
    contactStub: contact.contactStub,
    primaryId: attendee.primaryId ?? null,
    status: attendee.status,
    confirmationNumber: attendee.confirmationNumber ?? null,
    firstName: contact.firstName ?? null,
    lastName: contact.lastName ?? null,
    email: contact.email ?? null,
    searchText: words.filter(Boolean).join(' ').toLowerCase(),
    isGuest: attendee.isGuest ? 1 : 0,
    isTest: attendee.isTest ? 1 : 0,
    snapshot: JSON.stringify({ attendee, items }),
    registeredAt: attendee.registeredAt ?? null,
    modifiedAt: attendee.modifiedAt ?? null,
  }
}

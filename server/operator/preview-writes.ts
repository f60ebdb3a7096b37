import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Database, EventRow, LedgerRow, RegistrationRow } from '../../db/database.ts'
import { findEventByStub } from '../../db/events.ts'
import { ledgerOfAttendees } from '../../db/ledger.ts'
import { registrationOfAttendee } from '../../db/registrations.ts'
import type { WritePreview } from '../../schemas/admin-registrations.ts'
import { Event } from '../../schemas/event.ts'
import type { LoadedAccount } from '../accounts.ts'
import type { Attendee, OrderItem, Session } from '../cvent/cvent.ts'
import { storedProperties, wantedActivities, type WantedActivity } from '../message/activities.ts'
import { snapshotOfRegistration, withKnown } from '../message/known.ts'
import { replacementsOf } from '../message/replaced.ts'
import { unreadableOf } from '../message/set-aside.ts'
import type { TurnDeps } from '../message/turn.ts'
import { identify } from '../message/who.ts'
import type { Trail } from '../trail.ts'
import type { Vendors } from '../vendors.ts'
import { snapshotOf } from './list-events.ts'

type Preview = z.infer<typeof WritePreview>
type Write = Preview['writes'][number]

interface PreviewDeps {
  db: Kysely<Database>
  vendors: Vendors
  trail: Trail
  now: () => number
}

/** The time one preview may take for each call to a vendor. */
const DEADLINE_MS = 10_000

/** Everything a preview is computed from; `items` are those of the attendee alone. */
export interface PreviewFacts {
  eventRow: EventRow
  attendee: Attendee | undefined
  /** What we hold of it; undefined for an attendee nobody told us of. */
  row: RegistrationRow | undefined
  attendeeId: string
  items: OrderItem[]
  sessions: ReadonlyMap<string, Session>
  ledger: LedgerRow[]
}

const NOTHING = { items: [], setAside: [] }

/**
 * What would be written to iMIS for a registration now: read afresh from Cvent, computed by the worker's own rules, compared
 * with the ledger. Nothing is written anywhere.
 *
 * @throws Fault `VENDOR_UNAVAILABLE`, `VENDOR_REFUSED`
 */
export async function previewWrites(
  deps: PreviewDeps,
  loaded: LoadedAccount,
  row: RegistrationRow,
): Promise<Preview> {
  const { db, vendors } = deps
  const account = loaded.account.key
  const { attendeeId } = row
  const cvent = vendors.cvent(loaded)
  const call = { deadlineMs: DEADLINE_MS }
  const read = await cvent.attendees([attendeeId], call)
  const [attendee] = read.items
  const eventStub = attendee?.eventStub ?? row.eventStub
  const eventRow = eventStub === null ? undefined : await findEventByStub(db, account, eventStub)
  if (!eventRow || eventStub === null)
    return { text: 'Its event is not configured, so nothing would be written.', writes: [] }
  const ledger = await ledgerOfAttendees(db, account, [attendeeId])
  const primary = attendee?.isGuest ? (attendee.primaryId ?? attendeeId) : attendeeId
  const lines = attendee ? await cvent.orderItems(eventStub, [primary], call) : NOTHING
  const [odd] = unreadableOf([attendeeId], read, lines.setAside).values()
  if (odd) throw odd
  const items = lines.items.filter((item) => item.attendeeId === attendeeId)
  const hasSession = items.some(({ productType }) => productType === 'Session')
  const sessions = hasSession ? (await cvent.sessions(eventStub, call)).items : []
  const { partyId, writes } = await computeWrites(deps, loaded, {
    eventRow,
    attendee,
    row,
    attendeeId,
    items,
    sessions: new Map(sessions.map((session) => [session.sessionId, session])),
    ledger,
  })
  const due = writes.filter(({ action }) => action !== 'none').length
  return { text: sentence(due, attendee, partyId), writes }
}

/** The writes that follow from what was read; iMIS is asked who it is, and nothing is written. */
export async function computeWrites(
  deps: PreviewDeps,
  loaded: LoadedAccount,
  facts: PreviewFacts,
): Promise<{ partyId: string | undefined; writes: Write[] }> {
  const { row, eventRow, ledger } = facts
  const known = row && snapshotOfRegistration(row)
  const attendee = facts.attendee && withKnown(facts.attendee, known?.attendee)
  const replacements = row && (await replacementsOf(readOnlyTurn(deps, loaded), [row]))
  const isTest = attendee?.isTest === true || snapshotOf(eventRow)?.isTest === true
  if (isTest && loaded.account.activity.testRegistrations === 'leave-out')
    return { partyId: row?.partyId ?? undefined, writes: [] }
  const place = attendee && (await placeOf(deps, loaded, attendee, row))
  const wanted = wantedActivities({
    activity: loaded.account.activity,
    timeZone: loaded.account.imis.timeZone,
    event: Event.parse(JSON.parse(eventRow.document)),
    cventEvent: snapshotOf(eventRow),
    attendeeId: facts.attendeeId,
    attendee,
    partyId: attendee ? place?.partyId : (row?.partyId ?? undefined),
    isOnPrimary: place?.isOnPrimary ?? false,
    items: facts.items,
    sessions: facts.sessions,
    ledger,
    ...replacements?.get(facts.attendeeId),
  })
  return {
    partyId: place?.partyId,
    writes: wanted.map((one) => compare(loaded, one, ledger)),
  }
}

function sentence(due: number, attendee: Attendee | undefined, partyId: string | undefined) {
  if (attendee && partyId === undefined)
    return 'It belongs to nobody in iMIS, so nothing would be written for it.'
  if (due === 0) return 'iMIS holds what it should: nothing would be written.'
  return due === 1 ? 'One write to iMIS.' : `${due} writes to iMIS.`
}

function compare(loaded: LoadedAccount, wanted: WantedActivity, ledger: LedgerRow[]): Write {
  const row = ledger.find(({ ledgerKey }) => ledgerKey === wanted.ledgerKey)
  const before = row ? storedProperties(row) : {}
  const isThere = row !== undefined && row.state !== 'deleted' && row.state !== 'gone'
  const { onCancel, onStaffDelete } = loaded.account.activity
  const mayAdd = wanted.mayAdd && (row?.state !== 'gone' || onStaffDelete === 'rewrite')
  const names = [...new Set([...Object.keys(before), ...Object.keys(wanted.properties)])]
  const changes = names
    .map((property) => ({
      property,
      from: before[property] ?? null,
      to: wanted.properties[property] ?? null,
    }))
    .filter(({ from, to }) => from !== to)
  const isRemoval = isThere && wanted.standing === 'cancelled' && onCancel === 'delete'
  const action = isRemoval
    ? 'delete'
    : isThere
      ? changes.length > 0
        ? 'update'
        : 'none'
      : mayAdd
        ? 'create'
        : 'none'
  return {
    action,
    ledgerKey: wanted.ledgerKey,
    partyId: wanted.partyId,
    activityType: wanted.type,
    productCode: wanted.productCode,
    seqn: row?.seqn ?? null,
    changes: action === 'none' || action === 'delete' ? [] : changes,
  }
}

async function placeOf(
  deps: PreviewDeps,
  loaded: LoadedAccount,
  attendee: Attendee,
  row: RegistrationRow | undefined,
) {
  const who = await identify(readOnlyTurn(deps, loaded), attendee, row)
  if (!attendee.isGuest || attendee.primaryId === undefined)
    return { partyId: who.partyId, isOnPrimary: false }
  const primary = await registrationOfAttendee(deps.db, loaded.account.key, attendee.primaryId)
  if (who.partyId !== undefined && who.partyId !== primary?.partyId)
    return { partyId: who.partyId, isOnPrimary: false }
  return { partyId: primary?.partyId ?? undefined, isOnPrimary: true }
}

/**
 * A worker's turn that cannot write: no party is created, and its lease is nobody's, so that every step that asks whether it
 * is still held is refused.
 */
function readOnlyTurn(deps: PreviewDeps, loaded: LoadedAccount): TurnDeps {
  const { account, version } = loaded
  const matching = { ...account.matching, createParty: false }
  return {
    db: deps.db,
    trail: { note: () => undefined, flush: async () => undefined },
    now: deps.now,
    loaded: { account: { ...account, matching }, version },
    account: account.key,
    imis: deps.vendors.imis(loaded),
    cvent: deps.vendors.cvent(loaded),
    lease: { name: `preview:${account.key}`, owner: 'nobody', fence: -1 },
    leaseUntil: () => 0,
    deadlineMs: DEADLINE_MS,
    settleMs: 0,
    call: { deadlineMs: DEADLINE_MS },
    bulkCall: { deadlineMs: DEADLINE_MS },
    keeping: (work) => work,
    oneByOne: (_keys, work) => work(),
    isStopping: () => false,
    onBug: () => undefined,
    trace: 'preview',
    hints: { askedAt: 0 },
    sessions: async () => new Map(),
    forgetSessions: () => undefined,
  }
}

import type { Kysely } from 'kysely'
import { fencedTransaction } from '../../../db/leases.ts'
import type { z } from 'zod'
import type { Database, EventRow, LedgerRow, RegistrationRow } from '../../../db/database.ts'
import { findEventByStub } from '../../../db/events.ts'
import { ledgerOfAttendees } from '../../../db/ledger.ts'
import type { WritePreview } from '../../../schemas/admin-registrations.ts'
import { Event } from '../../../schemas/event.ts'
import type { LoadedAccount } from '../../accounts.ts'
import type { Attendee, OrderItem, Session } from '../../cvent/cvent.ts'
import type { Imis } from '../../imis/imis.ts'
import { storedProperties, wantedActivities } from '../../sync/wanted/activities.ts'
import { foresee } from '../../sync/write/find-activity.ts'
import { findPlace, isConcerned, leftOutReason } from '../../sync/find-place.ts'
import { isWritten, planWrites, type Step } from '../../sync/write/plan-writes.ts'
import { snapshotOfRegistration, withKnown } from '../../sync/known-attendee.ts'
import { replacementsOf } from '../../sync/replacements.ts'
import { refuseNameless, unreadableOf } from '../../sync/set-aside.ts'
import type { SyncJob } from '../../sync/worker/job.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import { snapshotOf } from '../event/list-events.ts'
import { ADMIN_PRIORITY } from '../access/vendor-asks.ts'

type Preview = z.infer<typeof WritePreview>
type Write = Preview['writes'][number]

interface PreviewDeps {
  db: Kysely<Database>
  vendors: Vendors
  accountLog: AccountLog
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
  const call = { deadlineMs: DEADLINE_MS, priority: ADMIN_PRIORITY }
  const read = await cvent.attendees([attendeeId], call)
  const [attendee] = read.items
  const eventStub = attendee?.eventStub ?? row.eventStub
  const eventRow = eventStub === null ? undefined : await findEventByStub(db, account, eventStub)
  if (!eventRow || eventStub === null)
    return { text: 'Its event is not configured, so nothing would be written.', writes: [] }
  const ledger = await ledgerOfAttendees(db, account, [attendeeId])
  const primary = attendee?.isGuest ? (attendee.primaryId ?? attendeeId) : attendeeId
  const lines = attendee ? await cvent.orderItems(eventStub, [primary], call) : NOTHING
  refuseNameless(lines.setAside)
  const [odd] = unreadableOf([attendeeId], read, lines.setAside).values()
  if (odd) throw odd
  const items = lines.items.filter((item) => item.attendeeId === attendeeId)
  const hasSession = items.some(({ productType }) => productType === 'Session')
  const sessions = hasSession ? (await cvent.sessions(eventStub, call)).items : []
  const { isUnmatched, writes } = await computeWrites(deps, loaded, {
    eventRow,
    attendee,
    row,
    attendeeId,
    items,
    sessions: new Map(sessions.map((session) => [session.sessionId, session])),
    ledger,
  })
  const due = writes.filter(({ action }) => action !== 'none').length
  return { text: sentence(due, isUnmatched), writes }
}

/** What would be written for one attendee. `isUnmatched`: there is something to write, and nobody in iMIS matches. */
interface Computed {
  isUnmatched: boolean
  writes: Write[]
}

/**
 * Computes the writes that follow from what was read, by the worker's own steps: who it is, what is wanted, the plan, and
 * where the rows stand in iMIS, which is only read. `imis` stands in for the account's client.
 */
export async function computeWrites(
  deps: PreviewDeps,
  loaded: LoadedAccount,
  facts: PreviewFacts,
  imis: Imis = deps.vendors.imis(loaded),
): Promise<Computed> {
  const { row, eventRow, ledger } = facts
  const known = row && snapshotOfRegistration(row)
  const attendee = facts.attendee && withKnown(facts.attendee, known?.attendee)
  const turn = readOnlyJob(deps, loaded, imis)
  const cventEvent = snapshotOf(eventRow)
  if (leftOutReason(turn, { cventEvent }, attendee)) return { isUnmatched: false, writes: [] }
  const { place } =
    attendee && isConcerned(attendee, ledger) ? await findPlace(turn, attendee, row) : {}
  const replacement = row && (await replacementsOf(turn, [row])).get(row.attendeeId)
  const wanted = wantedActivities({
    activity: loaded.account.activity,
    timeZone: loaded.account.imis.timeZone,
    event: Event.parse(JSON.parse(eventRow.document)),
    cventEvent,
    attendeeId: facts.attendeeId,
    attendee,
    partyId: attendee ? place?.partyId : (row?.partyId ?? undefined),
    isOnPrimary: place?.isOnPrimary ?? false,
    items: facts.items,
    sessions: facts.sessions,
    ledger,
    ...replacement,
  })
  const writes: Write[] = []
  for (const step of planWrites(wanted, ledger, loaded.account.activity))
    writes.push(await showStep(turn, step))
  return { isUnmatched: place !== undefined && place.partyId === undefined, writes }
}

function sentence(due: number, isUnmatched: boolean) {
  if (due === 0 && isUnmatched)
    return 'It belongs to nobody in iMIS, so nothing would be written for it.'
  if (due === 0) return 'iMIS holds what it should: nothing would be written.'
  return due === 1 ? 'One write to iMIS.' : `${due} writes to iMIS.`
}

const ACTIONS = { add: 'create', update: 'update', delete: 'delete', none: 'none' } as const

async function showStep(turn: SyncJob, step: Step): Promise<Write> {
  const { wanted, row } = step
  const { act: planned, seqn } = await foresee(turn, step)
  const mayDelete = planned === 'delete' ? await turn.imis.offersDelete() : undefined
  const marked = row && isWritten(row, wanted) ? ('none' as const) : ('update' as const)
  const act = planned === 'delete' && mayDelete === false ? marked : planned
  const before = row && act !== 'add' ? storedProperties(row) : {}
  const names = [...new Set([...Object.keys(before), ...Object.keys(wanted.properties)])]
  const changes = names
    .map((property) => ({
      property,
      from: before[property] ?? null,
      to: wanted.properties[property] ?? null,
    }))
    .filter(({ from, to }) => from !== to)
  return {
    action: ACTIONS[act],
    ledgerKey: wanted.ledgerKey,
    partyId: wanted.partyId,
    activityType: wanted.type,
    productCode: wanted.productCode,
    seqn: seqn ?? null,
    changes: act === 'none' || act === 'delete' ? [] : changes,
    // Nobody has tried to delete a row of this iMIS yet: it may not offer that, and then the row is marked.
    otherwise: act === 'delete' && !mayDelete ? changes : [],
  }
}

/** What stands for the ID of a party that would be created. */
const NEW_PARTY = 'new'

/**
 * A worker's turn that cannot write: a party that would be created has no ID yet, and the lease is nobody's, so that every
 * step that asks whether it is still held is refused.
 */
function readOnlyJob(deps: PreviewDeps, loaded: LoadedAccount, imis: Imis): SyncJob {
  const { account } = loaded
  const lease = { name: `preview:${account.key}`, owner: 'nobody', fence: -1 }
  return {
    db: deps.db,
    accountLog: { add: () => undefined, flush: async () => undefined },
    now: deps.now,
    loaded,
    account: account.key,
    imis: { ...imis, createParty: async () => ({ partyId: NEW_PARTY }) },
    cvent: deps.vendors.cvent(loaded),
    lease,
    leaseUntil: () => 0,
    fenced: (work) => fencedTransaction(deps.db, lease, 0, work),
    log: () => undefined,
    deadlineMs: DEADLINE_MS,
    settleMs: 0,
    call: { deadlineMs: DEADLINE_MS, priority: ADMIN_PRIORITY },
    bulkCall: { deadlineMs: DEADLINE_MS, priority: ADMIN_PRIORITY },
    keeping: (work) => work,
    isReadOnly: true,
    oneByOne: (_keys, work) => work(),
    isStopping: () => false,
    onBug: () => undefined,
    trace: 'preview',
    answeredAt: { imis: -Infinity, cvent: -Infinity },
    sessionsSeen: new Map(),
    hints: { askedAt: 0 },
    sessions: async () => ({ sessions: new Map(), isWhole: true }),
    forgetSessions: () => undefined,
  }
}

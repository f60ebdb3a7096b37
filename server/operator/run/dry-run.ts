import type { Kysely } from 'kysely'
import { v7 as uuid } from 'uuid'
import type { z } from 'zod'
import { wasNeverIn } from '../../../db/attendee-status.ts'
import type { Database, RunRow } from '../../../db/database.ts'
import { findEvent, lockEvent } from '../../../db/events.ts'
import { ledgerOfAttendees } from '../../../db/ledger.ts'
import { registrationsOfAttendees } from '../../../db/registrations.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { addRun, failLeftBehind, moveRun, runningRuns } from '../../../db/runs.ts'
import type { WritePreview } from '../../../schemas/admin-registrations.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import { LEFT_BEHIND_MS } from '../../sync/reconcile/reconcile-runs.ts'
import { namelessOf } from '../../sync/set-aside.ts'
import type { Activity, Imis } from '../../imis/imis.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import { recordChange, type ChangedBy } from '../access/audit.ts'
import { computeWrites } from '../registration/preview-writes.ts'
import type { Runs } from './runs.ts'

type Write = z.infer<typeof WritePreview>['writes'][number]

interface DryRunDeps {
  db: Kysely<Database>
  vendors: Vendors
  accountLog: AccountLog
  now: () => number
  runs: Runs
}

/** Writes listed in the result; all of them are counted. */
const LISTED = 500
const READ_MS = 300_000

/**
 * Goes through every attendee of an event as a full reconcile would and lists what would be written to iMIS; nothing is. It runs
 * behind the answer; the run's result has the counts and the first writes. While one of the event is under way, that run is
 * answered.
 *
 * @throws Fault `NOT_FOUND`; `CONFLICT` before Cvent's event was read the first time
 */
export async function startDryRun(
  deps: DryRunDeps,
  loaded: LoadedAccount,
  eventCode: string,
  by: ChangedBy,
): Promise<RunRow> {
  const { db, now } = deps
  const account = loaded.account.key
  const event = await findEvent(db, account, eventCode)
  if (!event) throw new Fault('NOT_FOUND', `There is no event ${eventCode} in this account.`)
  if (event.eventStub === null)
    throw new Fault('CONFLICT', 'Cvent has not been asked about this event yet; enable it first.')
  const run: RunRow = {
    id: uuid(),
    account,
    kind: 'dry-run',
    target: eventCode,
    state: 'running',
    plan: JSON.stringify({ text: 'Every attendee is read from Cvent; nothing is written.' }),
    result: null,
    done: 0,
    total: 0,
    startedBy: by.actor,
    createdAt: now(),
    updatedAt: now(),
  }
  const open = await inTransaction(db, async (tx) => {
    await lockEvent(tx, account, eventCode)
    await failLeftBehind(tx, account, ['dry-run'], now() - LEFT_BEHIND_MS, now())
    const [known] = await runningRuns(tx, account, 'dry-run', eventCode)
    if (known) return known
    await addRun(tx, run)
    const change = { account, action: 'dry run started', target: eventCode } as const
    await recordChange({ db: tx, now }, by, change)
    return undefined
  })
  if (open) return open
  deps.runs.inBackground(run, (isStopping) => compareAll(deps, loaded, run, eventCode, isStopping))
  return run
}

async function compareAll(
  deps: DryRunDeps,
  loaded: LoadedAccount,
  run: RunRow,
  eventCode: string,
  isStopping: () => boolean,
) {
  const { db, now } = deps
  const account = loaded.account.key
  const eventRow = await findEvent(db, account, eventCode)
  if (!eventRow || eventRow.eventStub === null) return
  const { eventStub } = eventRow
  const cvent = deps.vendors.cvent(loaded)
  // A whole event is read: what is kept for members and for changes is not for that.
  const call = { deadlineMs: READ_MS, priority: 'reconcile' as const }
  const lines = await cvent.orderItems(eventStub, 'all', call)
  const linesOf = Map.groupBy(lines.items, ({ attendeeId }) => attendeeId)
  const odd = new Set(lines.setAside.map(({ attendeeId }) => attendeeId))
  const sessions = new Map(
    (await cvent.sessions(eventStub, call)).items.map((session) => [session.sessionId, session]),
  )
  const imis = readInLists(deps.vendors.imis(loaded))
  const unreadable = namelessOf(lines.setAside)
  const counts = { create: 0, update: 0, delete: 0, unmatched: 0, unreadable }
  const listed: Write[] = []
  let done = 0
  for await (const page of cvent.attendeesOfEvent(eventStub, undefined, call)) {
    if (isStopping()) return
    counts.unreadable += page.setAside.length
    const ids = page.items.map(({ attendeeId }) => attendeeId)
    const rows = await registrationsOfAttendees(db, account, ids)
    const ledgers = await ledgerOfAttendees(db, account, ids)
    for (const attendee of page.items) {
      const { attendeeId } = attendee
      if (odd.has(attendeeId)) {
        counts.unreadable += 1
        continue
      }
      const row = rows.find((one) => one.attendeeId === attendeeId)
      if (!row && wasNeverIn(attendee)) continue
      const { isUnmatched, writes } = await computeWrites(
        deps,
        loaded,
        {
          eventRow,
          attendee,
          row,
          attendeeId,
          items: linesOf.get(attendeeId) ?? [],
          sessions,
          ledger: ledgers.filter((one) => one.attendeeId === attendeeId),
        },
        imis,
      )
      if (isUnmatched) counts.unmatched += 1
      for (const write of writes) {
        if (write.action === 'none') continue
        counts[write.action] += 1
        if (listed.length < LISTED) listed.push(write)
      }
    }
    done += page.items.length + page.setAside.length
    const step = { done, updatedAt: now() }
    if (!(await moveRun(db, run.id, ['running'], step))) return
  }
  const result = JSON.stringify({ counts, writes: listed })
  await moveRun(db, run.id, ['running'], {
    state: 'done',
    result,
    done,
    total: done,
    updatedAt: now(),
  })
}

/**
 * Reads the activities of an event in lists of all parties, once each, instead of by a call for each person. A list that
 * iMIS cannot give whole is asked for person by person.
 */
function readInLists(imis: Imis): Imis {
  const lists = new Map<string, Promise<Activity[] | undefined>>()
  return {
    ...imis,
    async activities({ partyId, type, productCode }, options) {
      const key = JSON.stringify([type, productCode])
      const read =
        lists.get(key) ??
        imis
          .activities({ type, productCode }, { ...options, deadlineMs: READ_MS })
          .catch(() => undefined)
      lists.set(key, read)
      const all = await read
      if (!all)
        return imis.activities(
          { ...(partyId === undefined ? {} : { partyId }), type, productCode },
          options,
        )
      return all.filter((activity) => partyId === undefined || activity.partyId === partyId)
    },
  }
}
